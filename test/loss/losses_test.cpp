#include <cmath>
#include <fstream>
#include <sstream>

#include <torch/torch.h>

#include "loss/example_images.h"
#include "loss/loss_cases.h"
#include "support/catch.h"

// Every image loss against scripts/golden/losses.py and against what a loss promises.

namespace {

using sr::test::kOdd;
using sr::test::LossCase;
using sr::test::make_loss;
using sr::test::structure_cases;

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

#define FOR_EVERY_CASE()                                                                         \
  const LossCase& c =                                                                            \
      sr::test::loss_cases().at(GENERATE(range<std::size_t>(0, sr::test::loss_cases().size()))); \
  CAPTURE(c.name)

TEST_CASE("Losses and their gradients equal a PyTorch implementation", "[loss]") {
  FOR_EVERY_CASE();
  const bool is_double = GENERATE(false, true);
  const bool channels_last = GENERATE(false, true);
  CAPTURE(is_double, channels_last);
  const Golden expected = golden(c.name);
  const sr::LossImages images =
      sr::test::example_images(c.shape, is_double ? torch::kFloat64 : torch::kFloat32, c.noise);
  const auto loss = make_loss(c);
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
  const double of_samples = is_double ? accuracy : c.sample_accuracy;
  CHECK(gradient.norm().item<double>() == Approx(expected.norm).epsilon(of_samples));
  const double largest = gradient.abs().max().item<double>();
  const std::int64_t stride = gradient.numel() / 12;
  for (std::size_t i = 0; i < expected.samples.size(); ++i) {
    CHECK(gradient[static_cast<std::int64_t>(i) * stride].item<double>() ==
          Approx(expected.samples[i]).epsilon(10 * of_samples).margin(of_samples * largest));
  }
}

TEST_CASE("Losses change along a direction as their gradient says", "[loss]") {
  FOR_EVERY_CASE();
  const sr::LossImages images = sr::test::example_images(c.shape, torch::kFloat64, c.noise);
  const auto loss = make_loss(c);
  (*loss)(images).backward();
  const at::Tensor direction = torch::cos(0.9 * sr::test::index_of(c.shape) + 0.3);
  const double slope = (images.output.grad() * direction).sum().item<double>();
  const auto at_step = [&](double step) {
    return (*loss)({images.output.detach() + step * direction, images.gt, images.averaged})
        .item<double>();
  };
  // Corners of |d| and relu lie between the two points here and there; the focal weights are
  // constants to the gradient.
  if (!sr::test::is<sr::recipe::FocalFrequencyOptions>(c)) {
    const double step = 1e-7;
    CHECK((at_step(step) - at_step(-step)) / (2 * step) == Approx(slope).epsilon(2e-3));
  }
}

TEST_CASE("A loss has its smallest value and a finite gradient where output equals gt", "[loss]") {
  FOR_EVERY_CASE();
  const sr::LossImages images = sr::test::example_images(c.shape, torch::kFloat32, c.noise);
  const at::Tensor same = images.gt.clone().requires_grad_(true);
  const at::Tensor value = (*make_loss(c))({same, images.gt, images.averaged});
  value.backward();
  CHECK(value.item<double>() == Approx(c.at_gt).epsilon(0.05).margin(c.rounding));
  CHECK(same.grad().isfinite().all().item<bool>());
}

TEST_CASE("Gradients are finite for black, white and gray images", "[loss]") {
  FOR_EVERY_CASE();
  const double level = GENERATE(0.0, 0.5, 1.0);
  const sr::LossImages images = sr::test::example_images(c.shape, torch::kFloat32);
  const at::Tensor flat = torch::full(c.shape, level, torch::kFloat32).requires_grad_(true);
  (*make_loss(c))({flat, images.gt, images.averaged}).backward();
  CHECK(flat.grad().isfinite().all().item<bool>());
}

TEST_CASE("Losses that say so are means over samples and the others are not", "[loss]") {
  FOR_EVERY_CASE();
  std::vector<std::int64_t> shape = c.shape;
  shape[0] = 2;
  const sr::LossImages images = detached(sr::test::example_images(shape, torch::kFloat64, c.noise));
  const auto loss = make_loss(c);
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
  } else if (!sr::test::is<sr::recipe::ConsistencyOptions>(
                 c)) {  // its limit separates batches only now and then
    CHECK(std::abs(whole - mean) > 1e-6 * whole);
  }
}

TEST_CASE("A loss of images that are not finite is not finite", "[loss]") {
  FOR_EVERY_CASE();
  const sr::LossImages images = detached(sr::test::example_images(c.shape, torch::kFloat32));
  images.output.view(-1)[7] = std::nan("");
  CHECK_FALSE(std::isfinite((*make_loss(c))(images).item<double>()));
}

TEST_CASE("Only LDL asks for the averaged network's images", "[loss]") {
  FOR_EVERY_CASE();
  CHECK(make_loss(c)->needs_averaged_output() == sr::test::is<sr::recipe::LdlOptions>(c));
}

TEST_CASE("LDL leaves pixels alone where the averaged network is worse", "[loss]") {
  const sr::LossImages images = detached(sr::test::example_images(kOdd, torch::kFloat64));
  const auto loss = make_loss(structure_cases()[4]);
  CHECK((*loss)({images.output, images.gt, images.gt + 1}).item<double>() == 0);
  CHECK((*loss)({images.output, images.gt, images.gt}).item<double>() > 0);
}

TEST_CASE("MS-SSIM of unrelated images is 1 with a gradient of 0", "[loss]") {
  const at::Tensor gt = sr::test::example_images(kOdd, torch::kFloat32).gt;
  const at::Tensor opposite = (1 - gt).requires_grad_(true);
  const at::Tensor value = (*make_loss(structure_cases()[0]))({opposite, gt});
  value.backward();
  CHECK(value.item<double>() == 1);
  CHECK(opposite.grad().abs().max().item<double>() == 0);
}
