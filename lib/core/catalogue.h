#pragma once

#include <any>
#include <concepts>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "core/describe.h"

// What may stand after a section's `type:` as one table: a catalogue is a constexpr std::tuple of
// rows, each with a name, a phrase and the type of its options, which describe themselves
// (core/describe.h).

namespace sr {

/// One name after `type:`. Each row has an options type of its own: one that shares another's
/// description derives from it, with defaults of its own where they differ.
template <typename O>
struct Row {
  using Options = O;
  std::string_view type;         ///< as configurations store it
  std::string_view description;  ///< one phrase
  std::string_view aliases{};    ///< other trainers' names of it, separated by spaces
};

template <typename O>
constexpr Row<O> row(std::string_view type, std::string_view description,
                     std::string_view aliases = {}) {
  return {type, description, aliases};
}

/// Options describe themselves to any visitor. Asked before whether they can be compared: what
/// wraps AnyOptions (a test's expression) is no options, and asking whether that can be compared
/// asks this.
template <typename O>
concept Described = requires(NoAlias& visitor) {
  O::describe(visitor);
};

/// The options of some row by value. That the type behind it is not part of the type keeps those
/// who only carry options (a Config, a trainer) from being compiled anew with each new row.
class AnyOptions {
 public:
  AnyOptions() = default;
  template <typename O>
  requires(Described<O>&& std::equality_comparable<O>)
      AnyOptions(O options)  // NOLINT(google-explicit-constructor): options of a row are options
      : value_(std::move(options)), equal_(&equal<O>) {}

  /// Null when they are of another type.
  template <typename O>
  const O* get_if() const {
    return std::any_cast<O>(&value_);
  }
  template <typename O>
  O* get_if() {
    return std::any_cast<O>(&value_);
  }
  /// Throws std::bad_any_cast when they are of another type.
  template <typename O>
  const O& get() const {
    return std::any_cast<const O&>(value_);
  }
  template <typename O>
  O& get() {
    return std::any_cast<O&>(value_);
  }

  friend bool operator==(const AnyOptions& a, const AnyOptions& b) {
    return a.value_.type() == b.value_.type() && (a.equal_ == nullptr || a.equal_(a, b));
  }

 private:
  template <typename O>
  static bool equal(const AnyOptions& a, const AnyOptions& b) {
    return a.get<O>() == b.get<O>();
  }

  std::any value_;
  bool (*equal_)(const AnyOptions&, const AnyOptions&) = nullptr;
};

/// Calls `visit` with each row.
template <typename... O, typename Visit>
constexpr void for_each_row(const std::tuple<Row<O>...>& catalogue, Visit visit) {
  std::apply([&](const auto&... rows) { (visit(rows), ...); }, catalogue);
}

/// Calls `visit` with the options as what they are; does not when they are of no row.
template <typename... O, typename Visit>
void with_options(const std::tuple<Row<O>...>&, const AnyOptions& options, Visit visit) {
  const auto try_row = [&]<typename Own>(const Own* own) {
    if (own != nullptr) {
      visit(*own);
    }
  };
  (try_row(options.get_if<O>()), ...);
}

}  // namespace sr
