#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"

namespace sr::arch {

/// Names and shapes of the tensors of a weight file: what a network is recognised by when the file
/// does not say what it holds. The file may be hostile: nothing here trusts a shape.
class TensorShapes {
 public:
  using Shape = std::vector<std::int64_t>;
  using Codes = std::vector<std::uint8_t>;
  /// `codes`: the values of small tensors of bytes, by which some loaders know what they read, and
  /// of masks [windows, n, m] of no more than 4096 windows, for each 1 when it hides something.
  explicit TensorShapes(std::map<std::string, Shape, std::less<>> shapes,
                        std::map<std::string, Codes, std::less<>> codes = {})
      : shapes_(std::move(shapes)), codes_(std::move(codes)) {}

  /// Null when there is no tensor of that name.
  const Shape* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Length along an axis, 0 when there is no such tensor or axis.
  std::int64_t size(std::string_view name, std::size_t axis) const;
  /// 1 + the largest number that follows `prefix` in a name ("body." of "body.12.weight" gives
  /// 13); 0 when none does, or when one is beyond 65535.
  int count(std::string_view prefix) const;
  /// Null when there is no such tensor or its values are not known.
  const Codes* codes(std::string_view name) const;
  const std::map<std::string, Shape, std::less<>>& all() const { return shapes_; }

 private:
  std::map<std::string, Shape, std::less<>> shapes_;
  std::map<std::string, Codes, std::less<>> codes_;
};

/// What the tensors of a file make of a family's options.
template <typename Options>
struct Recognised {
  Options options;
  int scale = 0;
};

/// The whole number whose square is `value`: the scale of a pixel shuffle by its channels. Nothing
/// when there is none, or for values outside 1 to 64.
std::optional<int> whole_root(std::int64_t value);

/// whole_root(channels / images), where `images` divides it.
std::optional<int> shuffled_scale(std::int64_t channels, std::int64_t images);

/// A length as the value of an option; nothing when it is outside the range.
std::optional<int> within(std::int64_t length, const Range& range);

/// The least whole number that divides `value` with this quotient, rounded down.
std::optional<int> divisor(std::int64_t value, std::int64_t quotient);

/// The ratio that makes `inside` features of `features` when their product is cut to a whole
/// number.
double ratio_of(std::int64_t inside, int features);

}  // namespace sr::arch
