#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/catalogue.h"
#include "fields/option_fields.h"
#include "fields/section_fields.h"
#include "fields/section_text.h"

// Sections whose `type` names a row of a catalogue (core/catalogue.h): some settings are those of
// every type, the others are the options of the row.

namespace sr::settings {

/// The field table of one row's options.
struct OptionsTable {
  std::string type;
  AnyOptions defaults;
  std::vector<const FieldText*> fields;
  /// Reads the fields; other keys are not looked at.
  std::function<void(const Node&, AnyOptions&, const Site&)> read;
  std::function<Node(const AnyOptions&)> write;
};
using OptionsTables = std::vector<OptionsTable>;

template <typename O>
OptionsTable options_table(const Row<O>& row) {
  const Fields<O>& fields = option_fields<O>();
  return {
      .type = std::string(row.type),
      .defaults = O{},
      .fields = texts_of(fields),
      .read =
          [&fields](const Node& map, AnyOptions& options, const Site& site) {
            for (const Field<O>& field : fields) {
              read_field(field, map, options.get<O>(), site);
            }
          },
      .write =
          [&fields](const AnyOptions& options) { return write_section(fields, options.get<O>()); }};
}

template <typename Catalogue>
OptionsTables options_tables(const Catalogue& catalogue) {
  OptionsTables tables;
  for_each_row(catalogue, [&](const auto& row) { tables.push_back(options_table(row)); });
  return tables;
}

/// Reads the options of the type `own` out of a section; `shared` are the settings of every type.
/// Options of other types and unknown keys are problems.
void read_options(const Node& map, const OptionsTables& tables, const OptionsTable& own,
                  const std::vector<const FieldText*>& shared, AnyOptions& options,
                  const Site& site);

/// One text for each option that types have in common, with the types that have it and the
/// defaults that differ, for docs/configuration.md.
std::deque<FieldText> merged_texts(const OptionsTables& tables);

/// A section S with `std::string type` and `AnyOptions options`.
template <typename S>
class TypedSection {
 public:
  /// The first of `shared` is the type.
  TypedSection(Fields<S> shared, OptionsTables tables)
      : shared_(std::move(shared)),
        shared_texts_(texts_of(shared_)),
        tables_(std::move(tables)),
        merged_(merged_texts(tables_)) {}

  /// Null for a name that is no row.
  const OptionsTable* find(std::string_view type) const {
    for (const OptionsTable& table : tables_) {
      if (table.type == type) {
        return &table;
      }
    }
    return nullptr;
  }
  /// The settings of a type before any is read.
  S defaults(std::string_view type) const {
    S section;
    if (const OptionsTable* table = find(type)) {
      section.type = table->type;
      section.options = table->defaults;
    }
    return section;
  }

  /// Reads `map` into `section`. `adjust` may change the defaults of the options before; nothing
  /// but the type is read when it is not known.
  void read(const Node& map, S& section, const Site& site,
            const std::function<void(AnyOptions&)>& adjust = {}) const {
    if (!expect_section(map, site)) {
      return;
    }
    for (const Field<S>& field : shared_) {
      if (!read_field(field, map, section, site)) {
        section.options = {};
        return;
      }
    }
    const OptionsTable* table = find(section.type);
    section.options = table->defaults;
    if (adjust) {
      adjust(section.options);
    }
    read_options(map, tables_, *table, shared_texts_, section.options, site);
  }

  Node write_shared(const S& section) const { return write_section(shared_, section); }
  Node write_options(const S& section) const {
    const OptionsTable* table = find(section.type);
    return table != nullptr ? table->write(section.options) : map_node();
  }
  Node write(const S& section) const {
    Node map = write_shared(section);
    map.add_all(write_options(section));
    return map;
  }

  /// The first type is that of a section without `type`, if it may be left out.
  std::vector<TypeText> types() const {
    std::vector<TypeText> texts;
    for (const OptionsTable& table : tables_) {
      TypeText& text = texts.emplace_back(TypeText{{table.type}, shared_texts_});
      text.fields.erase(text.fields.begin());  // the type
      text.fields.insert(text.fields.end(), table.fields.begin(), table.fields.end());
      if (table.type == S{}.type) {
        std::rotate(texts.begin(), texts.end() - 1, texts.end());
      }
    }
    return texts;
  }

  SectionText text(std::string path, std::string note) const {
    SectionText section{std::move(path), std::move(note), shared_texts_,
                        write_section(shared_, S{})};
    for (const FieldText& field : merged_) {
      section.fields.push_back(&field);
    }
    return section;
  }

 private:
  Fields<S> shared_;
  std::vector<const FieldText*> shared_texts_;
  OptionsTables tables_;
  std::deque<FieldText> merged_;
};

/// Such a section inside a section.
template <typename S, typename Sub>
Field<S> typed_section(std::string key, Sub S::*member, const TypedSection<Sub>& (*section)()) {
  Field<S> field{FieldText{key, "section", "", "", {Shape::Kind::kSection}}};
  field.read = [key = std::move(key), member, section](const Node& node, S& out,
                                                       const Site& site) -> Problem {
    section().read(node, out.*member, site.below(key));
    return std::nullopt;
  };
  field.reads_absent = true;
  field.write = [member, section](const S& out) { return section().write(out.*member); };
  return field;
}

}  // namespace sr::settings
