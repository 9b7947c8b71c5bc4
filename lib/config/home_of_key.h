#pragma once

#include <optional>
#include <string>

namespace sr::settings {

/// The one section where a misplaced key is at home, as "train.use_moa"; nothing when there are
/// several or none.
std::optional<std::string> home_of_key(const std::string& key);

}  // namespace sr::settings
