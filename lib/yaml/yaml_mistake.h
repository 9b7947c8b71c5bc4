#pragma once

#include <string_view>

#include "yaml/yaml_tree.h"

namespace YAML {
class Exception;
}

namespace sr::settings {

/// What the tree's builder throws where another document begins.
inline constexpr const char* kSecondDocument = "a second document; a configuration is one";

/// yaml-cpp's words for a mistake in `text` and where it met it, or better ones where the cause is
/// known: what it complains of is often the line behind the one that is wrong. Takes time in
/// proportion to the text.
YamlError explained(const YAML::Exception& error, std::string_view text);

}  // namespace sr::settings
