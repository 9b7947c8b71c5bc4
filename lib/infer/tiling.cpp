#include "infer/tiling.h"

#include <algorithm>
#include <cstdint>

namespace sr {
namespace {

constexpr int kMostOverlap = 64;
constexpr int kBlendedOverlap = 32;

int overlap_for(const Surroundings& surroundings) {
  const bool reaches = surroundings.reach && *surroundings.reach <= kMostOverlap;
  return std::max(surroundings.least_overlap, reaches ? *surroundings.reach : kBlendedOverlap);
}

}  // namespace

Tiling::Tiling(int length, int tile_size, const Surroundings& surroundings)
    : length_(length), grid_(surroundings.grid), overlap_(overlap_for(surroundings)) {
  const int count = (length + tile_size - 1) / tile_size;
  const auto cut = [&](int i) { return static_cast<int>(std::int64_t{length} * i / count); };
  for (int i = 0; i < count; ++i) {
    tiles_.push_back({cut(i), cut(i + 1)});
  }
  const bool exact = surroundings.reach && *surroundings.reach <= overlap_;
  const int smallest = length / count;
  ramp_ = exact ? 0 : std::min(overlap_ / 2, smallest / 2);
}

Span Tiling::window(std::size_t i) const {
  const Span& tile = tiles_[i];
  const int begin = std::max(0, tile.begin - overlap_);
  const int end = tile.end + overlap_;
  return {begin / grid_ * grid_, std::min(length_, (end + grid_ - 1) / grid_ * grid_)};
}

Span Tiling::kept(std::size_t i) const {
  const Span& tile = tiles_[i];
  return {i == 0 ? 0 : tile.begin - ramp_, i + 1 == tiles_.size() ? length_ : tile.end + ramp_};
}

}  // namespace sr
