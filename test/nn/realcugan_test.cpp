#include "nn/realcugan.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::RealCuganOptions;

const RealCuganOptions kPlain, kPro{.pro = true}, kFast{.fast = true};

struct Case {
  const char* key;
  int scale;
  RealCuganOptions options;
  std::vector<std::int64_t> shape;
};
const Case kCases[] = {{"x2", 2, kPlain, {1, 3, 20, 21}},
                       {"x2_pro", 2, kPro, {1, 3, 21, 20}},
                       {"x2_fast", 2, kFast, {1, 3, 40, 44}},
                       {"x3", 3, kPlain, {1, 3, 20, 19}},
                       {"x4", 4, kPlain, {1, 3, 22, 21}}};

}  // namespace

TEST_CASE("Real-CUGAN's output and gradients equal those of spandrel's classes", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network, {"realcugan_golden.txt", c.key, c.shape, 0.05, channels_last});
}

TEST_CASE("Real-CUGAN has the published numbers of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(kPlain, 2, 0)) == 1'284'598);
  CHECK(sr::test::count_parameters(*sr::make_network(kPlain, 3, 0)) == 1'286'326);
  CHECK(sr::test::count_parameters(*sr::make_network(kPro, 4, 0)) == 1'406'812);
}

TEST_CASE("Real-CUGAN's file says whether it is pro", "[nn]") {
  CHECK(sr::make_network(kPlain, 2, 0)->buffers().empty());
  const auto network = sr::make_network(kPro, 2, 0);
  REQUIRE(sr::test::names_of(network->buffers()) == std::vector<std::string>{"pro"});
  CHECK(network->buffers().front().tensor.sizes() == at::IntArrayRef({1}));
}

TEST_CASE("Real-CUGAN takes images of any size", "[nn]") {
  const at::NoGradGuard no_grad;
  const Case& c = kCases[GENERATE(range(0, 5))];
  CAPTURE(c.key);
  const auto network = sr::make_network(c.options, c.scale, 1);
  for (const std::int64_t side : {1, 7, 18, 39}) {
    const at::Tensor output = network->forward(torch::rand({1, 3, side, 5}));
    CHECK(output.sizes() == at::IntArrayRef({1, 3, side * c.scale, std::int64_t{5} * c.scale}));
    CHECK(output.isfinite().all().item<bool>());
  }
}

TEST_CASE("Real-CUGAN trains under autocast with float32 output and gradients", "[nn]") {
  const auto network =
      GENERATE(false, true) ? sr::make_network(kPro, 4, 0) : sr::make_network(kFast, 2, 0);
  network->to(at::kCPU, true);
  sr::test::require_trains_under_autocast(*network, torch::rand({1, 3, 8, 8}), 0.1);
}
