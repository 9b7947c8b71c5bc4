#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/pairs.h"

namespace sr {

/// In what order a pass goes through the items of a list: a pure function of seed, pass and
/// position. Nothing is drawn in order, so any thread may ask for any place of any pass.
class ItemOrder {
 public:
  virtual ~ItemOrder() = default;
  /// Places of a pass, at least 1.
  virtual std::uint64_t size() const = 0;
  /// The item at place `position` (< size()) of a pass.
  virtual std::uint64_t item(std::uint64_t pass, std::uint64_t position) const = 0;
};

/// Every one of `items` (>= 1) exactly once a pass, shuffled.
std::unique_ptr<ItemOrder> shuffled_items(std::uint64_t seed, std::uint64_t items);

/// A stretch of consecutive items with its share of every pass.
struct WeightedRoot {
  std::uint64_t items = 0;  ///< >= 1
  double weight = 1;        ///< > 0, relative to the other roots'
};

/// A pass has as many places as there are items, of which each root gets a fixed quota: one,
/// and the rest by weight (largest remainders). Each root goes on through its items,
/// shuffled anew when all of them have come, from one pass into the next.
std::unique_ptr<ItemOrder> weighted_roots(std::uint64_t seed, std::span<const WeightedRoot> roots);

/// Scenes that are read side by side. More mix frames better; each holds up to two open decoders,
/// hundreds of MiB for 4K video.
inline constexpr std::size_t kMostLanes = 4;

/// The frames of scenes, so that every scene is read from its beginning to its end: up to kMostLanes
/// lanes of scenes side by side, each lane one frame after the other, all lanes ending together. In
/// each pass a lane begins with another of its scenes. Neighbours come in a row: mix them in
/// windows (SampleOrder). An item is the middle frame of a clip of `clip_size` frames inside its
/// scene; shorter scenes have none. Throws std::invalid_argument when no scene has one.
std::unique_ptr<ItemOrder> scene_lanes(std::uint64_t seed, std::span<const Scene> scenes,
                                       int clip_size);

}  // namespace sr
