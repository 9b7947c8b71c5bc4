#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "yaml/findings.h"
#include "yaml/node.h"

namespace sr::settings {

/// What a configuration may hold; more is no configuration but a mistake or an attack. What aliases
/// repeat counts as often as it is repeated.
inline constexpr std::size_t kMostYamlBytes = std::size_t{4} << 20;  ///< of the text itself
inline constexpr std::size_t kMostYamlNodes = 200'000;               ///< values, sections, lists
inline constexpr std::size_t kMostYamlText = std::size_t{16} << 20;  ///< bytes in keys and values
inline constexpr std::size_t kMostYamlKeys = 1000;                   ///< in one section
inline constexpr int kDeepestYaml = 64;                              ///< sections within sections

/// A text that is no YAML, or more than the limits.
struct YamlError {
  int line = 1;  ///< counted from 1
  std::string what;
};

/// The tree of one YAML document (UTF-8); empty documents give a null node. Keys "<<" are merged:
/// what the section itself says wins, of a list the earlier one. With `findings`, nodes know their
/// lines and a key given twice is a problem; without, every line is kCommandLine and such a key is
/// an error. Throws YamlError. Takes time and memory in proportion to the text and what its aliases
/// repeat, whatever it holds.
Node yaml_tree(const std::string& text, Findings* findings);

}  // namespace sr::settings
