#include "optim/adaptive_clipping.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "optim/gradient.h"
#include "support/catch.h"
#include "support/counting_allocator.h"

namespace {

const at::Tensor kZero = torch::tensor(0.0F);
const at::Tensor kOne = torch::tensor(1.0F);

sr::AdaptiveClipping::Settings settings(std::int64_t history = 50) {
  sr::AdaptiveClipping::Settings made;
  made.history = history;
  made.min_threshold = 1e-6;
  made.max_threshold = 1e6;
  made.first_threshold = 7;
  return made;
}

float norm_number(std::uint64_t index) {
  const double uniform = sr::unit(sr::hash(1, index, sr::Stream::kStep));
  return static_cast<float>(std::floor(20 * uniform * uniform) / 4);  // with many equal ones
}

/// numpy.percentile with its default, linear.
double percentile(std::vector<float> norms, double share) {
  std::sort(norms.begin(), norms.end());
  const double position = share / 100 * static_cast<double>(norms.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, norms.size() - 1);
  return norms[below] + (position - static_cast<double>(below)) * (norms[above] - norms[below]);
}

}  // namespace

TEST_CASE("the threshold is the percentile of the last committed norms", "[optim]") {
  auto wanted = settings(GENERATE(1, 2, 50, 300));
  wanted.percentile = GENERATE(0.0, 37.5, 90.0, 100.0);
  CAPTURE(wanted.history, wanted.percentile);
  sr::AdaptiveClipping clipping(wanted, at::kCPU);
  std::vector<float> norms;
  for (std::uint64_t i = 0; i < 400; ++i) {
    if (i < 100) {
      REQUIRE(clipping.threshold().item<float>() == 7);
    } else {
      const auto kept =
          std::min<std::size_t>(norms.size(), static_cast<std::size_t>(wanted.history));
      const double expected = percentile(
          {norms.end() - static_cast<std::ptrdiff_t>(kept), norms.end()}, wanted.percentile);
      REQUIRE(clipping.threshold().item<float>() == Approx(std::max(expected, 1e-6)).margin(1e-5));
    }
    norms.push_back(norm_number(i));
    clipping.commit(torch::tensor(norms.back()), kZero);
  }
}

TEST_CASE("bounds hold and the fixed norm stays the upper one", "[optim]") {
  auto wanted = settings();
  wanted.min_threshold = 2;
  wanted.max_threshold = 3;
  wanted.upper_bound = GENERATE(0.0, 2.5, 1.5);
  sr::AdaptiveClipping clipping(wanted, at::kCPU);
  const double bound = wanted.upper_bound > 0 ? wanted.upper_bound : 1e9;
  CHECK(clipping.threshold().item<float>() == Approx(std::min(7.0, bound)));
  for (int i = 0; i < 100; ++i) {
    clipping.commit(torch::tensor(0.01F), kZero);
  }
  CHECK(clipping.threshold().item<float>() == Approx(std::min(2.0, bound)));
  for (int i = 0; i < 100; ++i) {
    clipping.commit(torch::tensor(100.0F), kZero);
  }
  CHECK(clipping.threshold().item<float>() == Approx(std::min(3.0, bound)));
}

TEST_CASE("a step that is not finite leaves no trace in the norms", "[optim]") {
  sr::AdaptiveClipping clean(settings(), at::kCPU);
  sr::AdaptiveClipping disturbed(settings(), at::kCPU);
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity());
  for (std::uint64_t i = 0; i < 200; ++i) {
    clean.commit(torch::tensor(norm_number(i)), kZero);
    disturbed.commit(torch::tensor(norm_number(i)), kZero);
    disturbed.commit(torch::tensor(bad), kOne);
    REQUIRE(torch::equal(clean.threshold(), disturbed.threshold()));
  }
  for (std::size_t i = 0; i < clean.state().size(); ++i) {
    CHECK(torch::equal(clean.state()[i].tensor, disturbed.state()[i].tensor));
  }
}

TEST_CASE("a norm beyond float's range counts as the largest one", "[optim]") {
  auto wanted = settings(10);
  wanted.percentile = 95;  // between the two largest
  sr::AdaptiveClipping clipping(wanted, at::kCPU);
  for (int i = 0; i < 120; ++i) {
    clipping.commit(torch::tensor(1.0F), kZero);
  }
  clipping.commit(torch::tensor(std::numeric_limits<float>::infinity()), kZero);
  CHECK(clipping.threshold().item<float>() == Approx(wanted.max_threshold));
  for (int i = 0; i < 10; ++i) {
    clipping.commit(torch::tensor(1.0F), kZero);
  }
  CHECK(clipping.threshold().item<float>() == 1);
}

TEST_CASE("taking in a norm allocates nothing", "[optim]") {
  sr::AdaptiveClipping clipping(settings(GENERATE(50, 1000, 10000)), at::kCPU);
  const at::Tensor norm = torch::tensor(2.0F);
  REQUIRE(sr::test::count_allocations([&] {
            for (int i = 0; i < 120; ++i) {
              clipping.commit(norm, kZero);
            }
          }) == 0);
}

TEST_CASE("a saved and loaded threshold goes on to the bit", "[optim]") {
  sr::AdaptiveClipping whole(settings(), at::kCPU);
  for (std::uint64_t i = 0; i < 130; ++i) {
    whole.commit(torch::tensor(norm_number(i)), kZero);
  }
  sr::AdaptiveClipping resumed(settings(), at::kCPU);
  for (std::size_t i = 0; i < whole.state().size(); ++i) {
    const at::Tensor target = resumed.state()[i].tensor;
    target.copy_(whole.state()[i].tensor);
  }
  resumed.state_loaded();
  for (std::uint64_t i = 130; i < 250; ++i) {
    REQUIRE(torch::equal(whole.threshold(), resumed.threshold()));
    whole.commit(torch::tensor(norm_number(i)), kZero);
    resumed.commit(torch::tensor(norm_number(i)), kZero);
  }
}

TEST_CASE("a window counts its steps and those that were clipped", "[optim]") {
  sr::AdaptiveClipping clipping(settings(), at::kCPU);
  CHECK(clipping.take_window().steps == 0);
  for (int i = 1; i <= 10; ++i) {
    clipping.commit(torch::tensor(static_cast<float>(i)), kZero);
  }
  const auto window = clipping.take_window();
  CHECK(window.steps == 10);
  CHECK(window.clipped == 3);  // 8, 9, 10 against 7
  CHECK(window.learning);
  CHECK(window.p50 == Approx(6).margin(1));
  CHECK(window.largest == 10);
  CHECK(clipping.take_window().steps == 0);
}

TEST_CASE("a spike is scaled down to the percentile of the norms before it", "[optim]") {
  std::vector<at::Tensor> gradients{torch::ones({4, 4})};
  sr::AdaptiveClipping clipping(settings(), at::kCPU);
  sr::GradientGuard guard(gradients, clipping.threshold());
  const at::Tensor loss = torch::tensor(0.1F);
  for (int i = 0; i < 150; ++i) {
    gradients[0].fill_(0.25F);  // norm 1
    guard.run(loss, kOne);
    REQUIRE(gradients[0][0][0].item<float>() == Approx(0.25));
    clipping.commit(guard.norm(), guard.found_inf());
  }
  gradients[0].fill_(1e6F);
  guard.run(loss, kOne);
  CHECK(gradients[0].norm().item<float>() == Approx(1).epsilon(1e-5));
}
