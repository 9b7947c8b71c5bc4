#pragma once

#include <string>

namespace sr::test {

/// docs/configuration.md: every setting with type, default, range and effect, and the table of the
/// other trainers' keys.
std::string configuration_markdown();

}  // namespace sr::test
