#pragma once

#include <optional>

#include "arch/options.h"
#include "fields/fields.h"
#include "yaml/node.h"

namespace sr::settings {

/// Reports options that are legal by themselves and do not fit together: at the line of the one to
/// change where `map`, the section, names it, else at the section's.
void report_impossible(const Node& map, const std::optional<arch::Impossible>& found,
                       const Site& site);

}  // namespace sr::settings
