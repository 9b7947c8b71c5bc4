#pragma once

#include <optional>
#include <string>
#include <utility>

#include "config/fields.h"

// Paths in a configuration: `~` and environment variables, as a shell has them.

namespace sr::settings {

/// Replaces a leading `~` (alone or before /) by $HOME, `$NAME` and `${NAME}` by that variable and
/// `$$` by one `$`, in a text or each text of a list. What is wrong, or nothing.
Problem expand_paths(Node& node);

/// The reverse for texts that were expanded: reading them again gives the same.
void protect_paths(Node& node);

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
