#pragma once

#include <utility>

#include "fields/fields.h"
#include "yaml/path_text.h"

namespace sr::settings {

/// What an empty text stands for in the place of a path.
enum class EmptyPath : char {
  kMistake,
  kNone,  ///< the setting's own default
};

/// A setting whose texts are paths.
template <typename S>
Field<S> as_path(Field<S> field, EmptyPath empty = EmptyPath::kMistake) {
  field.read = [read = std::move(field.read), empty](const Node& node, S& section,
                                                     const Site& site) -> Problem {
    if (empty == EmptyPath::kMistake && node.is_scalar() && node.text.empty()) {
      return "the path is empty; leave the key out, or write ~, for what holds without it";
    }
    Node expanded = node;
    const Problem problem = expand_paths(expanded);
    return problem ? problem : read(expanded, section, site);
  };
  field.write = [write = std::move(field.write)](const S& section) {
    Node node = write(section);
    protect_paths(node);
    return node;
  };
  return field;
}

}  // namespace sr::settings
