#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/describe.h"
#include "fields/field_kinds.h"
#include "fields/path_field.h"
#include "fields/section_fields.h"

namespace sr::settings {

/// Visitor of core/describe.h: makes the field table of an options struct out of its description.
template <typename S>
class OptionFields {
 public:
  class Row {
   public:
    explicit Row(Field<S>& field) : field_(&field) {}
    Row& alias(std::string name) {
      field_->aliases.push_back(std::move(name));
      return *this;
    }
    Row& require() {
      field_->required = true;
      return *this;
    }

   private:
    Field<S>* field_;
  };

  template <typename T, typename B>
  Row number(std::string key, T B::*member, Range range, std::string help) {
    return add(settings::number<S, T>(std::move(key), member, range, std::move(help)));
  }
  template <typename B>
  Row flag(std::string key, bool B::*member, std::string help) {
    return add(settings::flag<S>(std::move(key), member, std::move(help)));
  }
  template <typename E, typename B>
  Row choice(std::string key, E B::*member, const Names<E>& names, std::string help) {
    return add(settings::choice<S, E>(std::move(key), member, names, std::move(help)));
  }
  template <typename T, typename B>
  Row numbers(std::string key, std::vector<T> B::*member, Range range, std::string help) {
    return add(settings::numbers<S, T>(std::move(key), member, range, std::move(help)));
  }
  template <typename B>
  Row lists(std::string key, std::vector<std::vector<int>> B::*member, Range range,
            std::string help) {
    return add(settings::lists<S>(std::move(key), member, range, std::move(help)));
  }
  template <typename B>
  Row length(std::string key, double B::*member, Range range, std::string help) {
    return number(std::move(key), member, range, std::move(help));
  }
  template <typename B>
  Row lengths(std::string key, std::vector<double> B::*member, Range range, std::string help) {
    return numbers(std::move(key), member, range, std::move(help));
  }

  template <typename B>
  Row text(std::string key, std::string B::*member, std::string help) {
    return add(settings::text<S>(std::move(key), member, std::move(help)));
  }
  template <typename B>
  Row path(std::string key, std::string B::*member, std::string help) {
    return add(
        as_path(settings::text<S>(std::move(key), member, std::move(help)), EmptyPath::kNone));
  }
  template <typename B>
  Row factors(std::string key, std::map<std::string, double> B::*member, NameProblem* problem,
              std::string help) {
    return add(settings::factors<S>(std::move(key), member, problem, std::move(help)));
  }

  template <std::size_t N, typename B>
  Row list(std::string key, std::array<double, N> B::*member, Range range, std::string help) {
    return add(settings::list<S, N>(std::move(key), member, range, std::move(help)));
  }

  template <typename T, typename B>
  Row automatic(std::string key, std::optional<T> B::*member, Range range, std::string help) {
    return add(settings::automatic<S, T>(std::move(key), member, range, std::move(help)));
  }
  template <typename B>
  Row one_of(std::string key, int B::*member, std::vector<int> values, std::string help) {
    return add(settings::one_of<S>(std::move(key), member, std::move(values), std::move(help)));
  }

  template <typename E, typename B>
  Row choices(std::string key, std::vector<E> B::*member, const Names<E>& names, std::string help) {
    return add(settings::choices<S, E>(std::move(key), member, names, std::move(help)));
  }
  template <typename B>
  Row interval(std::string key, Interval B::*member, Range range, std::string help) {
    return add(settings::interval<S>(std::move(key), member, range, std::move(help)));
  }
  template <typename B>
  Row preset_flag(std::string key, bool B::*member, std::string preset, std::string help) {
    return add(settings::preset_flag<S>(std::move(key), member, std::move(help))
                   .default_is(std::move(preset)));
  }
  template <typename Sub, typename B>
  void group(const std::string& suffix, Sub B::*member, std::string_view help);

  Fields<S> take() { return std::move(fields_); }

 private:
  Row add(Field<S> field) {
    fields_.push_back(std::move(field));
    return Row(fields_.back());
  }

  Fields<S> fields_;
};

/// The field table of an options struct.
template <typename S>
const Fields<S>& option_fields() {
  static const Fields<S> kFields = [] {
    OptionFields<S> table;
    S::describe(table);
    return table.take();
  }();
  return kFields;
}

template <typename S>
template <typename Sub, typename B>
void OptionFields<S>::group(const std::string& suffix, Sub B::*member, std::string_view help) {
  for (const Field<Sub>& inner : option_fields<Sub>()) {
    Field<S> field(static_cast<const FieldText&>(inner));
    field.key += suffix;
    field.help = help.empty() ? inner.help : fmt::format(fmt::runtime(help), inner.key);
    field.read = [read = inner.read, member](const Node& node, S& out, const Site& site) {
      return read(node, out.*member, site);
    };
    field.write = [write = inner.write, member](const S& out) { return write(out.*member); };
    fields_.push_back(std::move(field));
  }
}

}  // namespace sr::settings
