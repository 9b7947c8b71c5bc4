#pragma once

#include <cstdint>

#include "core/random.h"
#include "data/sample_order.h"
#include "image/patch.h"

namespace sr {

/// What sample number i of a run is: a pure function of order, seed and i. Nothing is drawn in
/// order, so any thread may ask for any sample and a retry or a resume sees the same ones.
struct SampleDescriptor {
  std::uint64_t image = 0;  ///< index into the pair list; of a clip: its middle frame
  /// Of the crop's upper left corner, in [0, 1): x = floor(u * (width - size + 1)), y with v.
  double u = 0, v = 0;
  Augmentation augmentation;
  std::uint64_t degradation_key = 0;  ///< of the random numbers of its degradation (Draws)
};

class Sampler {
 public:
  Sampler(SampleOrder order, std::uint64_t seed, bool use_hflip, bool use_rot);

  SampleDescriptor operator()(std::uint64_t sample) const;
  const SampleOrder& order() const { return order_; }

 private:
  SampleOrder order_;
  std::uint64_t seed_;
  bool use_hflip_, use_rot_;
};

}  // namespace sr
