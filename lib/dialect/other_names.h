#pragma once

#include <string_view>

namespace sr::settings {

/// What a setting is called here that other programs know by another name, "batch_size_per_gpu" for
/// batch_size; as it is to be told, and empty when nothing is known. `section` as in
/// find_foreign_key. For hints alone: such a key is a mistake.
std::string_view name_here(std::string_view section, std::string_view key);

}  // namespace sr::settings
