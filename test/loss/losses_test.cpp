#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>

#include <torch/torch.h>

#include "loss/example_images.h"
#include "loss/loss.h"
#include "loss/perceptual_loss.h"
#include "support/catch.h"

// Every image loss against scripts/golden/losses.py and against what a loss promises.

namespace {

using sr::Criterion;
using sr::LossConfig;

const std::vector<std::int64_t> kOdd{2, 3, 37, 45};
const std::vector<std::int64_t> kEven{2, 3, 48, 64};
const std::vector<std::int64_t> kVgg{1, 3, 32, 32};

struct Case {
  std::string name;  ///< of its line in losses_golden.txt
  std::string type;
  std::vector<std::int64_t> shape;
  std::function<void(LossConfig&)> set = [](LossConfig&) {};
  double noise = 1;
  double at_gt = 0;  ///< value where output equals gt
};

std::vector<Case> color_cases() {
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

std::vector<Case> structure_cases() {
  return {
      {"mssim", "mssimloss", kOdd},
      {"mssim_large", "mssimloss", {2, 3, 176, 190}},
      {"mssim_ycbcr", "mssimloss", kEven,
       [](LossConfig& c) {
         c.color_space = sr::LumaSpace::kYcbcr;
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

std::vector<Case> perceptual_cases() {
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

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = [] {
    std::vector<Case> all = color_cases();
    for (const auto& more : {structure_cases(), perceptual_cases()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return kCases;
}

std::unique_ptr<sr::Loss> make(const Case& c) {
  LossConfig config;
  config.type = c.type;
  c.set(config);
  if (c.type == "perceptualloss") {
    return sr::make_perceptual_loss(config, sr::test::example_vgg19());
  }
  return std::move(sr::make_losses({config})[0].loss);
}

struct Golden {
  double value = 0;
  double norm = 0;
  std::vector<double> samples;
};

Golden golden(const std::string& name) {
  std::ifstream file(SR_SOURCE_DIR "/test/loss/losses_golden.txt");
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string key;
    line >> key;
    if (key == name) {
      Golden result;
      line >> result.value >> result.norm;
      for (double sample = 0; line >> sample;) {
        result.samples.push_back(sample);
      }
      return result;
    }
  }
  FAIL("no golden numbers for " << name);
  return {};
}

sr::LossImages detached(const sr::LossImages& images) {
  return {images.output.detach(), images.gt, images.averaged};
}

}  // namespace

#define FOR_EVERY_CASE()                                                       \
  const Case& c = cases().at(GENERATE(range<std::size_t>(0, cases().size()))); \
  CAPTURE(c.name)

TEST_CASE("Losses and their gradients equal a PyTorch implementation", "[loss]") {
  FOR_EVERY_CASE();
  const bool is_double = GENERATE(false, true);
  const bool channels_last = GENERATE(false, true);
  CAPTURE(is_double, channels_last);
  const Golden expected = golden(c.name);
  const sr::LossImages images =
      sr::test::example_images(c.shape, is_double ? torch::kFloat64 : torch::kFloat32, c.noise);
  const auto loss = make(c);
  loss->to(at::kCPU, channels_last);
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const at::Tensor value = (*loss)({images.output.contiguous(format), images.gt.contiguous(format),
                                    images.averaged.contiguous(format)});
  value.backward();
  // 1 - MS-SSIM and 1 - cosine are small differences of numbers near 1.
  const double accuracy = is_double ? 1e-8 : 2e-4;
  REQUIRE(value.dim() == 0);
  CHECK(value.item<double>() == Approx(expected.value).epsilon(accuracy).margin(1e-2 * accuracy));
  const at::Tensor gradient = images.output.grad().contiguous().flatten().to(torch::kFloat64);
  CHECK(gradient.norm().item<double>() == Approx(expected.norm).epsilon(accuracy));
  const double largest = gradient.abs().max().item<double>();
  const std::int64_t stride = gradient.numel() / 12;
  for (std::size_t i = 0; i < expected.samples.size(); ++i) {
    CHECK(gradient[static_cast<std::int64_t>(i) * stride].item<double>() ==
          Approx(expected.samples[i]).epsilon(10 * accuracy).margin(accuracy * largest));
  }
}

TEST_CASE("Losses change along a direction as their gradient says", "[loss]") {
  FOR_EVERY_CASE();
  const sr::LossImages images = sr::test::example_images(c.shape, torch::kFloat64, c.noise);
  const auto loss = make(c);
  (*loss)(images).backward();
  const at::Tensor direction = torch::cos(0.9 * sr::test::index_of(c.shape) + 0.3);
  const double slope = (images.output.grad() * direction).sum().item<double>();
  const auto at_step = [&](double step) {
    return (*loss)({images.output.detach() + step * direction, images.gt, images.averaged})
        .item<double>();
  };
  // Corners of |d| and relu lie between the two points here and there; the focal weights are
  // constants to the gradient.
  if (c.type != "ffloss") {
    const double step = 1e-7;
    CHECK((at_step(step) - at_step(-step)) / (2 * step) == Approx(slope).epsilon(2e-3));
  }
}

TEST_CASE("A loss has its smallest value and a finite gradient where output equals gt", "[loss]") {
  FOR_EVERY_CASE();
  const sr::LossImages images = sr::test::example_images(c.shape, torch::kFloat32, c.noise);
  const at::Tensor same = images.gt.clone().requires_grad_(true);
  const at::Tensor value = (*make(c))({same, images.gt, images.averaged});
  value.backward();
  CHECK(value.item<double>() == Approx(c.at_gt).epsilon(0.05).margin(1e-6));
  CHECK(same.grad().isfinite().all().item<bool>());
}

TEST_CASE("Gradients are finite for black, white and gray images", "[loss]") {
  FOR_EVERY_CASE();
  const double level = GENERATE(0.0, 0.5, 1.0);
  const sr::LossImages images = sr::test::example_images(c.shape, torch::kFloat32);
  const at::Tensor flat = torch::full(c.shape, level, torch::kFloat32).requires_grad_(true);
  (*make(c))({flat, images.gt, images.averaged}).backward();
  CHECK(flat.grad().isfinite().all().item<bool>());
}

TEST_CASE("Losses that say so are means over samples and the others are not", "[loss]") {
  FOR_EVERY_CASE();
  std::vector<std::int64_t> shape = c.shape;
  shape[0] = 2;
  const sr::LossImages images = detached(sr::test::example_images(shape, torch::kFloat64, c.noise));
  const auto loss = make(c);
  double mean = 0;
  for (const std::int64_t i : {0, 1}) {
    mean += (*loss)({images.output.narrow(0, i, 1), images.gt.narrow(0, i, 1),
                     images.averaged.narrow(0, i, 1)})
                .item<double>() /
            2;
  }
  const double whole = (*loss)(images).item<double>();
  if (loss->is_mean_over_samples()) {
    CHECK(whole == Approx(mean).epsilon(1e-9));
  } else if (c.type != "consistencyloss") {  // its limit separates batches only now and then
    CHECK(std::abs(whole - mean) > 1e-6 * whole);
  }
}

TEST_CASE("A loss of images that are not finite is not finite", "[loss]") {
  FOR_EVERY_CASE();
  sr::LossImages images = detached(sr::test::example_images(c.shape, torch::kFloat32));
  images.output.view(-1)[7] = std::nan("");
  CHECK_FALSE(std::isfinite((*make(c))(images).item<double>()));
}

TEST_CASE("Only LDL asks for the averaged network's images", "[loss]") {
  FOR_EVERY_CASE();
  CHECK(make(c)->needs_averaged_output() == (c.type == "ldlloss"));
}

TEST_CASE("LDL leaves pixels alone where the averaged network is worse", "[loss]") {
  const sr::LossImages images = detached(sr::test::example_images(kOdd, torch::kFloat64));
  const auto loss = make(structure_cases()[4]);
  CHECK((*loss)({images.output, images.gt, images.gt + 1}).item<double>() == 0);
  CHECK((*loss)({images.output, images.gt, images.gt}).item<double>() > 0);
}

TEST_CASE("MS-SSIM of unrelated images is 1 with a gradient of 0", "[loss]") {
  const at::Tensor gt = sr::test::example_images(kOdd, torch::kFloat32).gt;
  const at::Tensor opposite = (1 - gt).requires_grad_(true);
  const at::Tensor value = (*make(structure_cases()[0]))({opposite, gt});
  value.backward();
  CHECK(value.item<double>() == 1);
  CHECK(opposite.grad().abs().max().item<double>() == 0);
}
