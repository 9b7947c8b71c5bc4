#pragma once

// Every image loss in several settings. Include after the LibTorch headers.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arch/catalogue.h"
#include "config/network_section.h"
#include "loss/example_images.h"
#include "loss/example_networks.h"
#include "loss/file_losses.h"
#include "loss/loss.h"
#include "recipe/losses.h"

namespace sr::test {

inline const std::vector<std::int64_t> kOdd{2, 3, 37, 45};
inline const std::vector<std::int64_t> kEven{2, 3, 48, 64};
inline const std::vector<std::int64_t> kVgg{1, 3, 32, 32};

struct LossCase {
  std::string name;  ///< of its line in losses_golden.txt
  AnyOptions options;
  std::vector<std::int64_t> shape = kOdd;
  double noise = 1;
  double at_gt = 0;        ///< value where output equals gt
  double rounding = 1e-6;  ///< of it, in float32
  /// Of a pixel's gradient in float32: where sorted features or small variances decide, rounding
  /// moves what one pixel has to another.
  double sample_accuracy = 2e-4;
};

inline std::vector<LossCase> color_cases() {
  using namespace recipe;
  constexpr Criterion kSoft = Criterion::kCharbonnier;
  return {
      {"color", ColorOptions{}},
      {"color_l2", ColorOptions{.criterion = Criterion::kL2, .scale = 2}, kEven},
      {"average", AverageOptions{}},
      {"luma", LumaOptions{}},
      {"hsluv", HsluvOptions{}},
      {"hsluv_charbonnier",
       HsluvOptions{
           .criterion = kSoft, .hue_weight = 0.5, .saturation_weight = 0.25, .lightness_weight = 1},
       kEven, 1, 1.2e-6},
      {"hsluv_small", HsluvOptions{.criterion = Criterion::kL2, .downscale_factor = 2}, kEven},
      {"hsluv_blur", HsluvOptions{.blur_strength = 3}},
      {"flip", FlipOptions{}, kOdd, 1, 0.0024},
      {"flip_coarse", FlipOptions{20.5}, kEven, 1, 0.0024},
      {"cosim", CosineSimilarityOptions{}},
      {"consistency", ConsistencyOptions{}, kOdd, 1, 2e-6},
      {"consistency_near", ConsistencyOptions{}, kOdd, 0.1, 2e-6},
      {"consistency_far", ConsistencyOptions{.blur = false, .saturation = 1.2, .brightness = 1.1},
       kEven, 1, 0.061},
  };
}

inline std::vector<LossCase> structure_cases() {
  using namespace recipe;
  return {
      {"mssim", MssimOptions{}},
      {"mssim_large", MssimOptions{}, {2, 3, 176, 190}},
      {"mssim_ycbcr", MssimOptions{.color_space = LumaSpace::kYcbcr, .include_luminance = true},
       kEven},
      {"mssim_rgb", MssimOptions{.test_y_channel = false}},
      {"ldl", LdlOptions{}},
      {"ldl_charbonnier", LdlOptions{Criterion::kCharbonnier}, kEven, 1, 1e-6},
      {"ff", FocalFrequencyOptions{}},
      {"ff_patches",
       FocalFrequencyOptions{
           .alpha = 0.5, .patch_factor = 2, .ave_spectrum = false, .log_matrix = true},
       kEven},
      {"ff_batch", FocalFrequencyOptions{.ave_spectrum = false, .batch_matrix = true}, kEven},
      {"tv", TotalVariationOptions{}, kOdd, 1, 0.382},
      {"gradient_variance", GradientVarianceOptions{}, kOdd, 1, 2e-6},
      {"gradient_variance_small",
       GradientVarianceOptions{.criterion = Criterion::kL2, .patch_size = 8}, kEven},
      {"sobel_edge", SobelEdgeOptions{}},
      {"ms_ssim_l1", MsSsimL1Options{}},
      {"ms_ssim_l1_half", MsSsimL1Options{0.5}, kEven},
      {"ssim", SsimOptions{}},
      {"ssim_ycbcr", SsimOptions{.color_space = LumaSpace::kYcbcr}, kEven},
      {"mssim_lhm", MssimOptions{.color_space = LumaSpace::kLhm}, kEven},
      {"ssim_lhm", SsimOptions{.color_space = LumaSpace::kLhm}},
      {"ssim_rgb", SsimOptions{.test_y_channel = false}},
      {"ncc", NccOptions{}, {1, 3, 37, 45}},
      {"bicubic", BicubicOptions{}},
      {"bicubic_charbonnier", BicubicOptions{.criterion = Criterion::kCharbonnier, .scale = 2},
       kEven, 1, 1e-6},
      {"fft", FftOptions{}},
      {"bce_dice", BceDiceOptions{}, kOdd, 1, 1.13},
      {"bce_dice_weighted", BceDiceOptions{0.5, 2, 0.1}, kEven, 1, 1.21},
      {"psnr", PsnrOptions{}, kOdd, 1, -80},
      {"psnr_y", PsnrOptions{.to_y = true}, kEven, 1, -80},
  };
}

inline std::vector<LossCase> perceptual_cases() {
  using namespace recipe;
  return {
      {"perceptual", PerceptualOptions{}, kVgg, 1, 3.2e-6},
      {"perceptual_style",
       PerceptualOptions{.criterion = FeatureCriterion::kL1,
                         .layer_weights = {{"relu3_2", 2}, {"conv2_1", 0.5}},
                         .replicate_padding = false,
                         .perceptual_weight = 0.7,
                         .style_weight = 30},
       {2, 3, 33, 35}},
      {"perceptual_fro",
       PerceptualOptions{.criterion = FeatureCriterion::kFrobenius,
                         .layer_weights = {{"pool2", 1}, {"conv3_1", 0.3}},
                         .use_input_norm = false},
       kVgg},
      {"perceptual_antialiased", PerceptualOptions{.antialiased = true}, {1, 3, 32, 36}, 1, 3.2e-6},
      {"perceptual_pd",
       PerceptualOptions{.criterion = FeatureCriterion::kPd,
                         .layer_weights = PerceptualOptions::layers_of(FeatureCriterion::kPd)},
       kVgg},
      {"perceptual_pd_l1",
       PerceptualOptions{.criterion = FeatureCriterion::kPdL1,
                         .layer_weights = {{"relu2_2", 0.5}, {"relu1_2", 2}},
                         .alpha = {0.25, 0.5},
                         .w_lambda = 0.3},
       {2, 3, 32, 35}},
      {"perceptual_fd_l1",
       PerceptualOptions{.criterion = FeatureCriterion::kFdL1,
                         .layer_weights = {{"conv2_2", 0.5}, {"relu1_2", 2}},
                         .alpha = {0.6, 0},
                         .num_proj_fd = 8,
                         .phase_weight_fd = 0.7,
                         .stride_fd = 2},
       {1, 3, 39, 47},
       1,
       0,
       1e-6,
       4e-3},
  };
}

/// Of losses with a network of their own.
inline std::vector<LossCase> network_cases() {
  using namespace recipe;
  return {
      {"perceptual_anime", PerceptualAnimeOptions{}, {1, 3, 32, 36}},
      {"perceptual_anime_shallow",
       PerceptualAnimeOptions{.criterion = Criterion::kCharbonnier,
                              .layer_weights = {{"4_0_conv1", 0.5}, {"5_0_conv2", 2}}},
       {2, 3, 33, 35},
       1,
       2.5e-6},
      // One of its many ReLUs may open or close by rounding and moves the gradient of all pixels.
      {"line_distiller", LineDistillerOptions{}, {2, 3, 32, 48}, 1, 0, 1e-6, 1e-2},
      {"line_distiller_charbonnier",
       LineDistillerOptions{Criterion::kCharbonnier},
       {1, 3, 32, 32},
       1,
       1e-6,
       1e-6,
       1e-2},
  };
}

/// Of the loss AESOP, with a Compact as decoder.
inline recipe::AesopOptions aesop_with(int scale, int num_feat, int num_conv,
                                       recipe::Criterion criterion) {
  arch::CompactOptions compact;
  compact.num_feat = num_feat;
  compact.num_conv = num_conv;
  recipe::AesopOptions options{.criterion = criterion, .scale = scale};
  options.decoder = settings::NestedNetwork{{"compact", compact}};
  return options;
}

inline std::vector<LossCase> autoencoder_cases() {
  return {{"aesop",
           aesop_with(2, 8, 2, recipe::Criterion::kCharbonnier),
           {2, 3, 32, 48},
           1,
           1e-6,
           1e-6},
          {"aesop_l1", aesop_with(4, 6, 1, recipe::Criterion::kL1), {1, 3, 32, 32}}};
}

/// Of other losses that look through a classifier.
inline std::vector<LossCase> feature_cases() {
  using namespace recipe;
  return {
      {"dists", DistsOptions{}, {1, 3, 32, 35}},
      {"adists", AdistsOptions{}, {1, 3, 24, 30}, 1, 0, 1e-5},
      {"adists_small", AdistsOptions{.window_size = 9}, {1, 3, 32, 33}, 1, 0, 1e-5, 2e-3},
      {"structure_texture", StructureTextureOptions{}, kEven},
      {"structure_texture_rgb",
       StructureTextureOptions{.pixel_weight = 0.5,
                               .perceptual_weight = 0.3,
                               .layer_weights = {{"relu2_2", 0.5}, {"conv1_2", 2}},
                               .structure_k = 20,
                               .structure_t = 0.3,
                               .test_y_channel = false,
                               .include_luminance = true},
       kEven, 1, -1},
      {"structure_alone",
       StructureTextureOptions{.perceptual_weight = 0, .color_space = LumaSpace::kYcbcr}, kEven},
      {"contextual", ContextualOptions{}, {1, 3, 32, 36}},
      {"contextual_quarters",
       ContextualOptions{.layer_weights = {{"conv_2_1", 0.5}},
                         .crop_quarter = true,
                         .distance_type = FeatureDistance::kL1,
                         .b = 0.8,
                         .band_width = 0.3,
                         .calc_type = ContextualForm::kSymmetric,
                         .z_norm = true},
       {1, 3, 24, 28}},
      {"contextual_bilateral",
       ContextualOptions{.layer_weights = {{"conv2_2", 2}},
                         .max_1d_size = 6,
                         .distance_type = FeatureDistance::kL2,
                         .calc_type = ContextualForm::kBilateral},
       {1, 3, 24, 28},
       1,
       3.58},  // a mean over the rows that a feature is not in, too
      {"contextual_pixels", ContextualOptions{.use_vgg = false}, {1, 3, 17, 19}, 1, 0.00356},
  };
}

inline const std::vector<LossCase>& loss_cases() {
  static const std::vector<LossCase> kCases = [] {
    std::vector<LossCase> all = color_cases();
    for (const auto& more : {structure_cases(), perceptual_cases(), feature_cases(),
                             network_cases(), autoencoder_cases()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return kCases;
}

/// Weights for the losses that need some.
inline const FeatureStack::Weights& example_weights(const recipe::PerceptualOptions& options) {
  return example_vgg19(options.antialiased);
}
inline const FeatureStack::Weights& example_weights(const recipe::ContextualOptions&) {
  return example_vgg19();
}
inline const FeatureStack::Weights& example_weights(const recipe::StructureTextureOptions&) {
  return example_vgg19();
}
inline const FeatureStack::Weights& example_weights(const recipe::DistsOptions&) {
  return example_dists();
}
inline const FeatureStack::Weights& example_weights(const recipe::AdistsOptions&) {
  return example_dists();
}
inline const FeatureStack::Weights& example_weights(const recipe::PerceptualAnimeOptions&) {
  return example_resnet50();
}
inline const FeatureStack::Weights& example_weights(const recipe::LineDistillerOptions&) {
  return example_line_distiller();
}
inline FeatureStack::Weights example_weights(const recipe::AesopOptions& options) {
  const auto& decoder = options.decoder.get<settings::NestedNetwork>().network.options;
  const auto& compact = std::get<arch::CompactOptions>(decoder.get());
  return example_autoencoder(options.scale, compact.num_feat, compact.num_conv);
}

inline std::unique_ptr<Loss> make_loss(const LossCase& c) {
  std::unique_ptr<Loss> loss;
  with_options(recipe::kLosses, c.options, [&]<typename O>(const O& options) {
    if constexpr (requires { example_weights(options); }) {
      loss = make_loss(options, example_weights(options));
    }
  });
  return loss ? std::move(loss)
              : std::move(make_losses({{.type = c.name, .options = c.options}})[0].loss);
}

template <typename O>
bool is(const LossCase& c) {
  return c.options.get_if<O>() != nullptr;
}

}  // namespace sr::test
