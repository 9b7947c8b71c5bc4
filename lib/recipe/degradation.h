#pragma once

#include <vector>

#include "core/describe.h"
#include "core/interval.h"

// How LQ is made from GT in training (docs/degradation.md). Names and
// defaults are those of Real-ESRGAN's x4plus options; a "2" at the end of a YAML key stands for the
// second stage.

namespace sr {

enum class KernelShape {
  kIso,
  kAniso,
  kGeneralizedIso,
  kGeneralizedAniso,
  kPlateauIso,
  kPlateauAniso
};
enum class ResizeMode { kArea, kBilinear, kBicubic, kNearest, kLanczos };

inline Names<KernelShape> kernel_shapes() {
  return {{"iso", KernelShape::kIso},
          {"aniso", KernelShape::kAniso},
          {"generalized_iso", KernelShape::kGeneralizedIso},
          {"generalized_aniso", KernelShape::kGeneralizedAniso},
          {"plateau_iso", KernelShape::kPlateauIso},
          {"plateau_aniso", KernelShape::kPlateauAniso}};
}
inline Names<ResizeMode> resize_modes() {
  return {{"area", ResizeMode::kArea},
          {"bilinear", ResizeMode::kBilinear},
          {"bicubic", ResizeMode::kBicubic},
          {"nearest-exact", ResizeMode::kNearest},
          {"lanczos", ResizeMode::kLanczos}};
}
inline Range kernel_sides() {
  return between(1, 21);  // Real-ESRGAN's kernels are padded to 21 pixels
}

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

  template <class Visitor>
  static void describe(Visitor& v) {
    describe_blur(v);
    describe_rest(v);
  }

 private:
  template <class Visitor>
  static void describe_blur(Visitor& v) {
    using S = DegradationStage;
    v.number("blur_prob", &S::blur_prob, between(0, 1), "Probability of blurring at all.");
    v.choices("kernel_list", &S::kernel_list, kernel_shapes(),
              "Shapes of blur kernels, with `kernel_prob`.");
    v.numbers("kernel_prob", &S::kernel_prob, at_least(0),
              "Weight of each shape of `kernel_list`.");
    v.interval("kernel_range", &S::kernel_range, kernel_sides(),
               "Side of the kernel, odd, pixels.");
    v.number("sinc_prob", &S::sinc_prob, between(0, 1),
             "Probability of a sinc filter (ringing) instead of a kernel of the list.");
    v.interval("blur_sigma", &S::blur_sigma, between(0.01, 50),
               "Standard deviations of the kernel, pixels.");
    v.interval("betag_range", &S::betag_range, between(0.01, 16),
               "Exponent of the generalized shapes; below and above 1 equally often.");
    v.interval("betap_range", &S::betap_range, between(0.01, 16),
               "Exponent of the plateau shapes; below and above 1 equally often.");
  }
  template <class Visitor>
  static void describe_rest(Visitor& v) {
    using S = DegradationStage;
    v.numbers("resize_prob", &S::resize_prob, at_least(0),
              "Weights of enlarging, shrinking and keeping the size.");
    v.interval("resize_range", &S::resize_range, between(0.01, 8),
               "Factor of the resize: of GT's size in the first stage, of LQ's in the second.");
    v.choices("resize_mode_list", &S::resize_mode_list, resize_modes(),
              "Kinds of resize, with `resize_mode_prob`.");
    v.numbers("resize_mode_prob", &S::resize_mode_prob, at_least(0),
              "Weight of each kind of `resize_mode_list`.");
    v.number("gaussian_noise_prob", &S::gaussian_noise_prob, between(0, 1),
             "Probability of Gaussian noise; otherwise there is Poisson noise.");
    v.interval("noise_range", &S::noise_range, between(0, 255),
               "Standard deviation of Gaussian noise, levels of 255.");
    v.interval("poisson_scale_range", &S::poisson_scale_range, between(0, 100),
               "Factor of Poisson noise; `[0, 0]` is none.");
    v.number("gray_noise_prob", &S::gray_noise_prob, between(0, 1),
             "Probability that noise is the same in all channels.");
    v.number("jpeg_prob", &S::jpeg_prob, between(0, 1), "Probability of JPEG compression.");
    v.interval("jpeg_range", &S::jpeg_range, between(1, 100), "Quality of JPEG compression.");
  }
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

/// How LQ is made from GT in training (types realesrgandataset and realesrganpaireddataset).
struct DegradationConfig {
  double dataroot_lq_prob = 0;  ///< of realesrganpaireddataset
  bool gt_usm = false;          ///< GT is sharpened; LQ is made from that
  bool lq_usm = false;          ///< only what LQ is made from is sharpened
  Interval lq_usm_radius_range{1, 25};
  double thicklines_prob = 0;
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

  template <class Visitor>
  static void describe(Visitor& v) {
    using D = DegradationConfig;
    v.number("dataroot_lq_prob", &D::dataroot_lq_prob, between(0, 1),
             "Probability that a sample's LQ is that of the file in `dataroot_lq`, not one that is "
             "made (type realesrganpaireddataset).");
    v.flag("gt_usm", &D::gt_usm, "Sharpens GT (unsharp mask), and so what LQ is made from.");
    v.flag("lq_usm", &D::lq_usm, "Sharpens only what LQ is made from.");
    v.interval("lq_usm_radius_range", &D::lq_usm_radius_range, between(1, 101),
               "Window of the sharpening of `lq_usm`, pixels, whole numbers.");
    v.number("thicklines_prob", &D::thicklines_prob, between(0, 1),
             "Probability that dark lines are made thicker, before the first blur: each pixel a "
             "quarter of the way to the darkest of its 3 x 3, in each channel.");
    v.preset_flag("resize_antialias", &D::resize_antialias,
                  "auto: true in a file of traiNNer-redux, else false",
                  "Whether bilinear, bicubic and lanczos smooth what they shrink, as in "
                  "traiNNer-redux; without it they are OpenCV's, as in Real-ESRGAN.");
    v.group("", &D::first, "");
    v.group("2", &D::second, "`{}` of the second stage.");
    v.number("final_sinc_prob", &D::final_sinc_prob, between(0, 1),
             "Probability of a sinc filter at the end.");
    v.interval("final_kernel_range", &D::final_kernel_range, kernel_sides(),
               "Side of that filter, odd, pixels.");
    v.choices("resize_mode_list3", &D::resize_mode_list3, resize_modes(),
              "Kinds of the last resize, to LQ's size, with `resize_mode_prob3`.");
    v.numbers("resize_mode_prob3", &D::resize_mode_prob3, at_least(0),
              "Weight of each kind of `resize_mode_list3`.");
  }
};

}  // namespace sr
