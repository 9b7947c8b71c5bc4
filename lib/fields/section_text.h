#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fields/fields.h"

namespace sr::settings {

/// The heading of a section in docs/configuration.md and its fields, in the order of the file.
struct SectionText {
  std::string path;
  std::string note;
  std::vector<const FieldText*> fields;
  Node defaults;        ///< the struct's defaults, by key
  std::string title{};  ///< the heading when it is not the path
};

/// Types of a section with `type` that have the same fields, and these, without `type`.
struct TypeText {
  std::vector<std::string> types;
  std::vector<const FieldText*> fields;
};

/// Every field, also those that do not apply with the defaults.
template <typename S>
SectionText section_text(std::string path, std::string note, const Fields<S>& fields,
                         const S& defaults) {
  SectionText section{std::move(path), std::move(note), texts_of(fields), map_node()};
  for (const Field<S>& field : fields) {
    section.defaults.add(field.key, field.write(defaults));
  }
  return section;
}

}  // namespace sr::settings
