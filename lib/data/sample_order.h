#pragma once

#include <cstdint>
#include <memory>

#include "config/config.h"
#include "data/item_order.h"
#include "data/pairs.h"

namespace sr {

/// Which item sample number i of a run shows: a pure function of seed, file list and configuration.
///
/// A pass shows every place of an ItemOrder `repeats` times. It is cut into windows of consecutive
/// places, as equal as whole numbers allow; inside a window all its samples are shuffled. Whoever
/// keeps the items of a window while it lasts decodes each item once a pass, whatever its memory.
class SampleOrder {
 public:
  struct Mixing {
    std::uint64_t repeats = 1;  ///< samples of each place, >= 1
    std::uint64_t window = 1;   ///< most places of a window, >= 1
  };
  SampleOrder(std::uint64_t seed, std::shared_ptr<const ItemOrder> items, Mixing mixing);

  std::uint64_t samples_per_pass() const { return items_->size() * mixing_.repeats; }
  std::uint64_t item(std::uint64_t sample) const;
  /// The first sample after the window that `sample` lies in.
  std::uint64_t window_end(std::uint64_t sample) const;

 private:
  struct Window {
    std::uint64_t index, begin, end;  ///< places
  };
  Window window_at(std::uint64_t place) const;

  std::uint64_t seed_;
  std::shared_ptr<const ItemOrder> items_;
  Mixing mixing_;
  std::uint64_t windows_;  ///< of a pass
};

/// Bytes of decoded items that a window is sized for, from the sides of the files alone.
inline constexpr std::int64_t kWindowBytes = std::int64_t{512} << 20;

/// The order of a data set: images shuffled, or by dataroot_weights; scenes in lanes. With
/// crops_per_decode 1 images need no window.
SampleOrder make_sample_order(const PairList& list, const DatasetConfig& config, int scale,
                              std::uint64_t seed);

/// Bytes of a decoded item, and of those of a list, taken as 8-bit.
std::int64_t decoded_bytes(const ImagePair& pair, int scale);
std::int64_t decoded_bytes(const PairList& list, int scale);

}  // namespace sr
