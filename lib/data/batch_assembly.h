#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/training_size.h"
#include "data/pair_image.h"
#include "data/sampler.h"

namespace sr {

/// One sample with its pixels at hand.
struct BatchItem {
  SampleDescriptor descriptor;
  std::shared_ptr<const PairImage> images;
};

/// True when an image of the batch has more than 8 bits: then the whole batch is float32 in 0..1,
/// else uint8.
bool needs_float(std::span<const BatchItem> items);

/// Crops, augments and stacks items into NHWC, three channels, row-major: items[i] becomes the i-th
/// part of `lq` (side lq_size) and of `gt` (side lq_size * scale). Images smaller than the crop are
/// padded by reflection, LQ and GT together. The spans must have exactly the size of the batch.
/// Uint8 only when !needs_float(items).
void assemble(std::span<const BatchItem> items, int lq_size, int scale, std::span<std::uint8_t> lq,
              std::span<std::uint8_t> gt);
void assemble(std::span<const BatchItem> items, int lq_size, int scale, std::span<float> lq,
              std::span<float> gt);

}  // namespace sr
