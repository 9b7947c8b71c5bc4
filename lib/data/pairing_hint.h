#pragma once

#include <string>
#include <vector>

namespace sr {

/// What would pair (most of) the images that found no partner, for a message: another
/// filename_tmpl, the folder that the names lie in, names that differ in Unicode form or in case
/// alone. Empty when nothing is evident. `gt` and `lq`: stems without a partner.
std::string pairing_hint(const std::vector<std::string>& gt, const std::vector<std::string>& lq,
                         const std::string& filename_template);

}  // namespace sr
