#include "arch/tensor_shapes.h"

#include <algorithm>
#include <charconv>

namespace sr::arch {
namespace {

constexpr int kLargestIndex = 65535;
constexpr int kLargestRoot = 8;

}  // namespace

const TensorShapes::Shape* TensorShapes::find(std::string_view name) const {
  const auto found = shapes_.find(name);
  return found == shapes_.end() ? nullptr : &found->second;
}

std::int64_t TensorShapes::size(std::string_view name, std::size_t axis) const {
  const Shape* shape = find(name);
  return shape != nullptr && axis < shape->size() ? (*shape)[axis] : 0;
}

const TensorShapes::Codes* TensorShapes::codes(std::string_view name) const {
  const auto found = codes_.find(name);
  return found == codes_.end() ? nullptr : &found->second;
}

int TensorShapes::count(std::string_view prefix) const {
  int most = 0;
  for (auto entry = shapes_.lower_bound(prefix);
       entry != shapes_.end() && entry->first.starts_with(prefix); ++entry) {
    const char* begin = entry->first.data() + prefix.size();
    const char* end = entry->first.data() + entry->first.size();
    int index = 0;
    const auto [rest, error] = std::from_chars(begin, end, index);
    if (rest == begin || index < 0) {
      continue;
    }
    if (error != std::errc{} || index > kLargestIndex) {
      return 0;
    }
    most = std::max(most, index + 1);
  }
  return most;
}

std::optional<int> whole_root(std::int64_t value) {
  for (int root = 1; root <= kLargestRoot; ++root) {
    if (std::int64_t{root} * root == value) {
      return root;
    }
  }
  return std::nullopt;
}

std::optional<int> shuffled_scale(std::int64_t channels, std::int64_t images) {
  return images > 0 && channels % images == 0 ? whole_root(channels / images) : std::nullopt;
}

std::optional<int> within(std::int64_t length, const Range& range) {
  return range.contains(static_cast<double>(length)) ? std::optional(static_cast<int>(length))
                                                     : std::nullopt;
}

std::optional<int> divisor(std::int64_t value, std::int64_t quotient) {
  if (quotient < 1 || quotient > value) {
    return std::nullopt;
  }
  const std::int64_t least = value / (quotient + 1) + 1;
  return value / least == quotient ? std::optional(static_cast<int>(least)) : std::nullopt;
}

double ratio_of(std::int64_t inside, int features) {
  const double ratio = static_cast<double>(inside) / features;
  constexpr double kRounding = 1e-6;
  return static_cast<std::int64_t>(features * ratio) == inside ? ratio : ratio + kRounding;
}

}  // namespace sr::arch
