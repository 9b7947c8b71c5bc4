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

/// True when the LQ of a sample is that of its file, where it has one (dataroot_lq_prob).
bool takes_file(const SampleDescriptor& sample, const DegradationConfig& config);

/// assemble() for images whose LQ is made with each sample (ImagePair::degraded): out of its GT
/// crop and a margin around it, so that what blur and JPEG do at borders stays outside; or is that
/// of a file (takes_file()). A sample depends on its descriptor, its images, the size and the
/// configuration alone. GT is what assemble() gives, sharpened with gt_usm. LQ that is made is
/// rounded to 8 bits also among floats. All frames of a clip are degraded alike but for the values
/// of their noise.
void assemble_degraded(std::span<const BatchItem> items, const DegradedBatch& batch,
                       std::span<std::uint8_t> lq, std::span<std::uint8_t> gt);
void assemble_degraded(std::span<const BatchItem> items, const DegradedBatch& batch,
                       std::span<float> lq, std::span<float> gt);

}  // namespace sr
