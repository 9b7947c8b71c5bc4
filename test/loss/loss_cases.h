#pragma once

// Every image loss in several settings. Include after the LibTorch headers.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loss/example_images.h"
#include "loss/loss.h"
#include "loss/perceptual_loss.h"

namespace sr::test {

inline const std::vector<std::int64_t> kOdd{2, 3, 37, 45};
inline const std::vector<std::int64_t> kEven{2, 3, 48, 64};
inline const std::vector<std::int64_t> kVgg{1, 3, 32, 32};

struct LossCase {
  std::string name;  ///< of its line in losses_golden.txt
  std::string type;
  std::vector<std::int64_t> shape;
  std::function<void(LossConfig&)> set = [](LossConfig&) {};
  double noise = 1;
  double at_gt = 0;  ///< value where output equals gt
};

inline std::vector<LossCase> color_cases() {
  return {
      {"color", "colorloss", kOdd},
      {"color_l2", "colorloss", kEven,
       [](LossConfig& c) {
         c.criterion = Criterion::kL2;
         c.scale = 2;
       }},
      {"average", "averageloss", kOdd},
      {"luma", "lumaloss", kOdd},
      {"hsluv", "hsluvloss", kOdd},
      {"hsluv_charbonnier", "hsluvloss", kEven,
       [](LossConfig& c) {
         c.criterion = Criterion::kCharbonnier;
         c.hue_weight = 0.5;
         c.saturation_weight = 0.25;
         c.lightness_weight = 1;
       },
       1, 1.2e-6},
      {"hsluv_small", "hsluvloss", kEven,
       [](LossConfig& c) {
         c.criterion = Criterion::kL2;
         c.downscale_factor = 2;
       }},
      {"cosim", "cosimloss", kOdd},
      {"consistency", "consistencyloss", kOdd,
       [](LossConfig& c) { c.criterion = Criterion::kCharbonnier; }, 1, 2e-6},
      {"consistency_near", "consistencyloss", kOdd,
       [](LossConfig& c) { c.criterion = Criterion::kCharbonnier; }, 0.1, 2e-6},
      {"consistency_far", "consistencyloss", kEven,
       [](LossConfig& c) {
         c.criterion = Criterion::kCharbonnier;
         c.blur = false;
         c.saturation = 1.2;
         c.brightness = 1.1;
       },
       1, 0.061},
  };
}

inline std::vector<LossCase> structure_cases() {
  return {
      {"mssim", "mssimloss", kOdd},
      {"mssim_large", "mssimloss", {2, 3, 176, 190}},
      {"mssim_ycbcr", "mssimloss", kEven,
       [](LossConfig& c) {
         c.color_space = LumaSpace::kYcbcr;
         c.include_luminance = true;
       }},
      {"mssim_rgb", "mssimloss", kOdd, [](LossConfig& c) { c.test_y_channel = false; }},
      {"ldl", "ldlloss", kOdd},
      {"ldl_charbonnier", "ldlloss", kEven,
       [](LossConfig& c) { c.criterion = Criterion::kCharbonnier; }, 1, 1e-6},
      {"ff", "ffloss", kOdd},
      {"ff_patches", "ffloss", kEven,
       [](LossConfig& c) {
         c.alpha = 0.5;
         c.patch_factor = 2;
         c.ave_spectrum = false;
         c.log_matrix = true;
       }},
      {"ff_batch", "ffloss", kEven,
       [](LossConfig& c) {
         c.ave_spectrum = false;
         c.batch_matrix = true;
       }},
      {"tv", "weightedtvloss", kOdd, [](LossConfig&) {}, 1, 0.382},
      {"gradient_variance", "gradientvarianceloss", kOdd,
       [](LossConfig& c) { c.criterion = Criterion::kCharbonnier; }, 1, 2e-6},
      {"gradient_variance_small", "gradientvarianceloss", kEven,
       [](LossConfig& c) {
         c.criterion = Criterion::kL2;
         c.patch_size = 8;
       }},
      {"sobel_edge", "sobeledgeloss", kOdd},
  };
}

inline std::vector<LossCase> perceptual_cases() {
  return {
      {"perceptual", "perceptualloss", kVgg,
       [](LossConfig& c) { c.criterion = Criterion::kCharbonnier; }, 1, 3.2e-6},
      {"perceptual_style",
       "perceptualloss",
       {2, 3, 33, 35},
       [](LossConfig& c) {
         c.layer_weights = {{"relu3_2", 2}, {"conv2_1", 0.5}};
         c.replicate_padding = false;
         c.perceptual_weight = 0.7;
         c.style_weight = 30;
       }},
      {"perceptual_fro", "perceptualloss", kVgg,
       [](LossConfig& c) {
         c.criterion = Criterion::kFrobenius;
         c.layer_weights = {{"pool2", 1}, {"conv3_1", 0.3}};
         c.use_input_norm = false;
       }},
  };
}

inline const std::vector<LossCase>& loss_cases() {
  static const std::vector<LossCase> kCases = [] {
    std::vector<LossCase> all = color_cases();
    for (const auto& more : {structure_cases(), perceptual_cases()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return kCases;
}

inline std::unique_ptr<Loss> make_loss(const LossCase& c) {
  LossConfig config;
  config.type = c.type;
  c.set(config);
  if (c.type == "perceptualloss") {
    return make_perceptual_loss(config, example_vgg19());
  }
  return std::move(make_losses({config})[0].loss);
}

}  // namespace sr::test
