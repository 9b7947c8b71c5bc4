#pragma once

#include <cstdint>
#include <optional>

#include <opencv2/core/mat.hpp>

#include "degrade/draws.h"
#include "degrade/kernel.h"
#include "degrade/noise.h"
#include "recipe/degradation.h"

namespace sr {

/// A circular low-pass filter.
struct SincPlan {
  int size = 0;  ///< odd
  double cutoff = 0;
};

struct BlurPlan {
  KernelShape shape = KernelShape::kIso;
  int size = 0;  ///< odd
  Ellipse ellipse;
  double beta = 1;
  std::optional<SincPlan> sinc;  ///< in place of the shape
};

struct NoisePlan {
  bool gaussian = true;  ///< else Poisson
  double strength = 0;   ///< sigma in levels of 255, or the scale of Poisson noise
  NoiseField field;
};

struct StagePlan {
  std::optional<BlurPlan> blur;
  double resize_factor = 1;
  ResizeMode resize_mode = ResizeMode::kArea;
  NoisePlan noise;
  std::optional<int> jpeg_quality;
};

/// What is done to one sample: all its random choices but the noise's values.
struct DegradationPlan {
  std::optional<int> sharpen_radius;  ///< of what LQ alone is made from (lq_usm)
  bool thick_lines = false;           ///< after that
  bool antialias = false;             ///< in every resize
  StagePlan first, second;
  /// The order at the end: resize and sinc, then JPEG; or JPEG, then resize and sinc.
  bool resize_before_jpeg = false;
  ResizeMode final_mode = ResizeMode::kArea;
  std::optional<SincPlan> final_sinc;
};

/// The choices of one sample: a pure function of its key. Those of one step do not depend on what
/// was drawn for another.
DegradationPlan make_plan(const DegradationConfig& config, const Draws& draws);

}  // namespace sr
