#pragma once

#include <cstdint>

#include "data/item_order.h"
#include "data/sampler.h"

namespace sr::test {

/// Of plain images: each once a pass.
inline Sampler plain_sampler(std::uint64_t seed, std::uint64_t images, bool use_hflip,
                             bool use_rot) {
  return {SampleOrder(seed, shuffled_items(seed, images), {}), seed, use_hflip, use_rot};
}

}  // namespace sr::test
