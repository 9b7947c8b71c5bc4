#pragma once

#include <cstdint>
#include <span>

#include "data/batch_assembly.h"
#include "recipe/degradation.h"

namespace sr {

/// How the samples of a degraded set are made.
struct DegradedBatch {
  PatchSize size;
  const DegradationConfig& config;
  int threads = 1;  ///< that share the samples
};

/// assemble() for images without LQ (ImagePair::degraded): every sample's LQ is made here, out of
/// its GT crop and a margin around it, so that what blur and JPEG do at borders stays outside. A
/// sample depends on its descriptor, its GT, the size and the configuration alone. GT is what
/// assemble() gives, sharpened with gt_usm. LQ is rounded to 8 bits also among floats. All frames
/// of a clip are degraded alike but for the values of their noise.
void assemble_degraded(std::span<const BatchItem> items, const DegradedBatch& batch,
                       std::span<std::uint8_t> lq, std::span<std::uint8_t> gt);
void assemble_degraded(std::span<const BatchItem> items, const DegradedBatch& batch,
                       std::span<float> lq, std::span<float> gt);

}  // namespace sr
