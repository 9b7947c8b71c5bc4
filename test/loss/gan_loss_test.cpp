#include "loss/gan_loss.h"

#include <cmath>
#include <functional>

#include <torch/torch.h>

#include "support/catch.h"

namespace {

using enum sr::GanTarget;

sr::GanLoss make(sr::GanType type, bool relativistic = false) {
  return sr::GanLoss({.gan_type = type, .relativistic = relativistic});
}

/// -3 to 3 without the corners of relu.
at::Tensor logits(at::ScalarType type) {
  return (3 * torch::sin(torch::arange(2 * 5 * 3, torch::kFloat64) + 0.2))
      .view({2, 1, 5, 3})
      .to(type);
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

struct Case {
  sr::GanType type;
  sr::GanTarget target;
  bool for_discriminator;
  std::function<double(double)> value;
};

const std::vector<Case>& cases() {
  using enum sr::GanType;
  static const std::vector<Case> kCases = {
      {kVanilla, kReal, true, [](double x) { return -std::log(sigmoid(x)); }},
      {kVanilla, kFake, true, [](double x) { return -std::log(1 - sigmoid(x)); }},
      {kVanilla, kReal, false, [](double x) { return -std::log(sigmoid(x)); }},
      {kLsgan, kReal, true, [](double x) { return (x - 1) * (x - 1); }},
      {kLsgan, kFake, true, [](double x) { return x * x; }},
      {kWgan, kReal, true, [](double x) { return -x; }},
      {kWgan, kFake, true, [](double x) { return x; }},
      {kWganSoftplus, kReal, true, [](double x) { return std::log1p(std::exp(-x)); }},
      {kWganSoftplus, kFake, true, [](double x) { return std::log1p(std::exp(x)); }},
      {kHinge, kReal, true, [](double x) { return std::max(0.0, 1 - x); }},
      {kHinge, kFake, true, [](double x) { return std::max(0.0, 1 + x); }},
      {kHinge, kReal, false, [](double x) { return -x; }},
  };
  return kCases;
}

}  // namespace

TEST_CASE("GAN losses are the mean of their formula over the logits, with its slope", "[loss]") {
  const auto index = GENERATE(range(0, 12));
  const Case& c = cases().at(static_cast<std::size_t>(index));
  CAPTURE(index);
  const at::Tensor x = logits(torch::kFloat64).requires_grad_(true);
  const sr::GanLoss gan = make(c.type);
  const at::Tensor loss =
      c.for_discriminator ? gan.of_discriminator(x, c.target) : gan.of_generator(x, c.target);
  loss.backward();
  const at::Tensor flat = x.detach().flatten();
  double expected = 0;
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const double at = flat[i].item<double>();
    expected += c.value(at) / static_cast<double>(flat.numel());
    const double slope = (c.value(at + 1e-6) - c.value(at - 1e-6)) / 2e-6;
    REQUIRE(x.grad().flatten()[i].item<double>() * static_cast<double>(flat.numel()) ==
            Approx(slope).epsilon(1e-6).margin(1e-8));
  }
  REQUIRE(loss.dim() == 0);
  REQUIRE(loss.item<double>() == Approx(expected).epsilon(1e-12));
}

TEST_CASE("Half-precision logits are compared in float32", "[loss]") {
  const auto type = GENERATE(torch::kHalf, torch::kBFloat16);
  const at::Tensor loss = make(sr::GanType::kVanilla).of_discriminator(logits(type), kReal);
  REQUIRE(loss.scalar_type() == torch::kFloat32);
  REQUIRE(torch::equal(
      loss, make(sr::GanType::kVanilla).of_discriminator(logits(type).to(torch::kFloat32), kReal)));
}

TEST_CASE("Vanilla GAN stays finite at large logits", "[loss]") {
  const at::Tensor x = torch::full({1, 1, 2, 2}, -200.0F);
  REQUIRE(make(sr::GanType::kVanilla).of_generator(x, kReal).item<float>() == Approx(200));
  REQUIRE(make(sr::GanType::kVanilla).of_generator(x, kFake).item<float>() == 0);
}

TEST_CASE("Labels of real and fake move the target of vanilla and lsgan", "[loss]") {
  sr::recipe::GanOptions options;
  options.gan_type = sr::GanType::kLsgan;
  options.real_label_val = 0.9;
  options.fake_label_val = 0.1;
  const sr::GanLoss loss(options);
  const at::Tensor x = torch::full({1, 1, 2, 2}, 0.5, torch::kFloat64);
  REQUIRE(loss.of_discriminator(x, kReal).item<double>() == Approx(0.16));
  REQUIRE(loss.of_discriminator(x, kFake).item<double>() == Approx(0.16));
  options.gan_type = sr::GanType::kVanilla;
  REQUIRE(sr::GanLoss(options).of_discriminator(x, kReal).item<double>() ==
          Approx(-0.9 * std::log(sigmoid(0.5)) - 0.1 * std::log(1 - sigmoid(0.5))));
}

TEST_CASE("A GAN loss says whether it is relativistic", "[loss]") {
  REQUIRE(make(sr::GanType::kVanilla, true).is_relativistic());
  REQUIRE_FALSE(make(sr::GanType::kVanilla).is_relativistic());
}

TEST_CASE("A GAN loss of logits that are not finite is not finite", "[loss]") {
  using enum sr::GanType;
  const auto type = GENERATE(kVanilla, kLsgan, kWgan, kWganSoftplus, kHinge);
  const at::Tensor bad = torch::full({1, 1, 2, 2}, std::nan(""));
  REQUIRE(std::isnan(make(type).of_discriminator(bad, kReal).item<float>()));
}
