#pragma once

#include <vector>

// The part of the configuration that says how LQ is made from GT (docs/degradation.md). Names and
// defaults are those of Real-ESRGAN's x4plus options; a "2" at the end of a YAML key stands for the
// second stage.

namespace sr {

/// Two numbers, low <= high, of which one between is drawn.
struct Interval {
  double low = 0;
  double high = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

enum class KernelShape {
  kIso,
  kAniso,
  kGeneralizedIso,
  kGeneralizedAniso,
  kPlateauIso,
  kPlateauAniso
};
enum class ResizeMode { kArea, kBilinear, kBicubic, kNearest, kLanczos };

/// One of the two rounds of blur, resize, noise and JPEG. Lists of weights are relative to their
/// sum and as long as the list they weigh.
struct DegradationStage {
  double blur_prob = 1;
  std::vector<KernelShape> kernel_list{KernelShape::kIso,
                                       KernelShape::kAniso,
                                       KernelShape::kGeneralizedIso,
                                       KernelShape::kGeneralizedAniso,
                                       KernelShape::kPlateauIso,
                                       KernelShape::kPlateauAniso};
  std::vector<double> kernel_prob{0.45, 0.25, 0.12, 0.03, 0.12, 0.03};
  Interval kernel_range{7, 21};  ///< odd sides, pixels
  double sinc_prob = 0.1;        ///< of a sinc filter in place of a kernel of the list
  Interval blur_sigma{0.2, 3};   ///< pixels
  Interval betag_range{0.5, 4};  ///< exponent of the generalized shapes
  Interval betap_range{1, 2};    ///< exponent of the plateau shapes
  std::vector<double> resize_prob{0.2, 0.7, 0.1};  ///< up, down, keep
  Interval resize_range{0.15, 1.5};                ///< factor; holds 1
  std::vector<ResizeMode> resize_mode_list{ResizeMode::kArea, ResizeMode::kBilinear,
                                           ResizeMode::kBicubic};
  std::vector<double> resize_mode_prob{1, 1, 1};
  double gaussian_noise_prob = 0.5;       ///< else Poisson noise
  Interval noise_range{1, 30};            ///< standard deviation in levels of 255
  Interval poisson_scale_range{0.05, 3};  ///< factor of the noise
  double gray_noise_prob = 0.4;
  double jpeg_prob = 1;
  Interval jpeg_range{30, 95};  ///< quality
  friend bool operator==(const DegradationStage&, const DegradationStage&) = default;
};

/// The second round's defaults, those of Real-ESRGAN x4plus like the first round's.
inline DegradationStage second_stage() {
  DegradationStage stage;
  stage.blur_prob = 0.8;
  stage.blur_sigma = {0.2, 1.5};
  stage.resize_prob = {0.3, 0.4, 0.3};
  stage.resize_range = {0.3, 1.2};
  stage.noise_range = {1, 25};
  stage.poisson_scale_range = {0.05, 2.5};
  return stage;
}

/// How LQ is made from GT in training (type realesrgandataset).
struct DegradationConfig {
  bool gt_usm = false;  ///< GT is sharpened; LQ is made from that
  bool lq_usm = false;  ///< only what LQ is made from is sharpened
  Interval lq_usm_radius_range{1, 25};
  /// Bilinear, bicubic and lanczos widen their kernel when they shrink (traiNNer-redux) instead of
  /// sampling (Real-ESRGAN).
  bool resize_antialias = false;
  DegradationStage first;
  DegradationStage second = second_stage();
  double final_sinc_prob = 0.8;
  Interval final_kernel_range{7, 21};
  std::vector<ResizeMode> resize_mode_list3{ResizeMode::kArea, ResizeMode::kBilinear,
                                            ResizeMode::kBicubic};
  std::vector<double> resize_mode_prob3{1, 1, 1};
  friend bool operator==(const DegradationConfig&, const DegradationConfig&) = default;
};

}  // namespace sr
