#pragma once

#include <utility>

#include "fields/fields.h"
#include "yaml/path_text.h"

namespace sr::settings {

/// A setting whose texts are paths.
template <typename S>
Field<S> as_path(Field<S> field) {
  field.read = [read = std::move(field.read)](const Node& node, S& section,
                                              const Site& site) -> Problem {
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
