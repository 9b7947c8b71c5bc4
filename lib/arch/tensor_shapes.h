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
  explicit TensorShapes(std::map<std::string, Shape, std::less<>> shapes)
      : shapes_(std::move(shapes)) {}

  /// Null when there is no tensor of that name.
  const Shape* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Length along an axis, 0 when there is no such tensor or axis.
  std::int64_t size(std::string_view name, std::size_t axis) const;
  /// 1 + the largest number that follows `prefix` in a name ("body." of "body.12.weight" gives
  /// 13); 0 when none does, or when one is beyond 65535.
  int count(std::string_view prefix) const;
  const std::map<std::string, Shape, std::less<>>& all() const { return shapes_; }

 private:
  std::map<std::string, Shape, std::less<>> shapes_;
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

}  // namespace sr::arch
