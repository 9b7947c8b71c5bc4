#include "nn/keyed_noise.h"

#include <cmath>
#include <numbers>

#include <torch/torch.h>

#include "core/random.h"
#include "support/catch.h"

using sr::keyed_noise;

namespace {

at::Tensor keys(const std::vector<std::int64_t>& values) {
  return torch::tensor(values, torch::kInt64);
}

}  // namespace

TEST_CASE("Noise has the standard normal distribution", "[nn]") {
  const at::Tensor noise = keyed_noise(keys({5, -7}), 3, {2, 10, 100, 101});
  REQUIRE(noise.scalar_type() == at::kFloat);
  REQUIRE(noise.sizes() == at::IntArrayRef({2, 10, 100, 101}));
  for (const int sample : {0, 1}) {
    const at::Tensor one = noise[sample].flatten().to(at::kDouble);
    CHECK(one.isfinite().all().item<bool>());
    CHECK(one.mean().item<double>() == Approx(0).margin(0.015));
    CHECK(one.std().item<double>() == Approx(1).epsilon(0.01));
    CHECK(one.pow(4).mean().item<double>() == Approx(3).epsilon(0.06));
    CHECK(one.lt(-1.959964).to(at::kDouble).mean().item<double>() == Approx(0.025).epsilon(0.08));
    // Neither neighbours nor the two numbers of a word go together.
    CHECK((one.slice(0, 1) * one.slice(0, 0, -1)).mean().item<double>() == Approx(0).margin(0.015));
    const std::int64_t half = one.numel() / 2;
    CHECK((one.slice(0, half) * one.slice(0, 0, half)).mean().item<double>() ==
          Approx(0).margin(0.02));
  }
  CHECK((noise[0] * noise[1]).mean().item<double>() == Approx(0).margin(0.015));
}

TEST_CASE("A sample's noise follows from its key and the stream alone", "[nn]") {
  const at::Tensor together = keyed_noise(keys({5, 9, 5}), 3, {3, 4, 5, 7});
  const at::Tensor alone = keyed_noise(keys({9}), 3, {1, 4, 5, 7});
  CHECK(torch::allclose(together[1], alone[0], 1e-6, 1e-6));
  CHECK(torch::allclose(together[0], together[2], 1e-6, 1e-6));
  CHECK_FALSE(torch::allclose(together[0], together[1], 0.1, 0.1));
  const at::Tensor other = keyed_noise(keys({9}), 4, {1, 4, 5, 7});
  CHECK((other - alone).abs().mean().item<double>() > 0.5);
}

TEST_CASE("Noise is made of the words that the counter gives", "[nn]") {
  constexpr std::int64_t kKey = 0x123456789abcdef;
  constexpr std::uint64_t kStream = 17;
  constexpr int kNumbers = 6;
  const at::Tensor noise = keyed_noise(keys({kKey}), kStream, {1, kNumbers});
  const std::uint64_t begin =
      sr::mix_bits(static_cast<std::uint64_t>(kKey) ^ sr::mix_bits(kStream));
  for (int i = 0; i < kNumbers / 2; ++i) {
    const std::uint64_t word = sr::sequence_bits(begin, static_cast<std::uint64_t>(i));
    const auto unit = [](std::uint64_t bits) {
      return (static_cast<double>(bits) + 0.5) / 4294967296.0;
    };
    const double radius = std::sqrt(-2 * std::log(unit(word >> 32U)));
    const double angle = 2 * std::numbers::pi * unit(word & 0xffffffffU);
    CHECK(noise[0][i].item<double>() == Approx(radius * std::cos(angle)).margin(1e-5));
    CHECK(noise[0][kNumbers / 2 + i].item<double>() ==
          Approx(radius * std::sin(angle)).margin(1e-5));
  }
}
