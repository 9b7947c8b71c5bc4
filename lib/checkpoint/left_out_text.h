#pragma once

#include <cstddef>
#include <string>

namespace sr {

/// For the user: of a file of several networks that below `prefix` was taken, `others` tensors were
/// not.
std::string left_out_text(const std::string& prefix, std::size_t others);

}  // namespace sr
