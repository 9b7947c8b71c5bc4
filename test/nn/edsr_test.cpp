#include "nn/edsr.h"

#include <torch/torch.h>

#include <cmath>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::EdsrOptions;
using sr::arch::MsrResNetOptions;

EdsrOptions edsr_of(int num_feat, int num_block) {
  return {.num_feat = num_feat, .num_block = num_block};
}

EdsrOptions with_factor(double res_scale) {
  EdsrOptions options = edsr_of(6, 2);
  options.res_scale = res_scale;
  return options;
}

EdsrOptions with_other_colours() {
  EdsrOptions options = with_factor(0.5);
  options.img_range = 1;
  options.rgb_mean = {0.1, 0.2, 0.3};
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  sr::arch::Options options;
};
const Case kCases[] = {
    {"x1", 1, {2, 3, 5, 6}, edsr_of(6, 2)},
    {"x2", 2, {2, 3, 5, 7}, with_other_colours()},
    {"x3", 3, {1, 3, 4, 5}, edsr_of(6, 2)},
    {"x4", 4, {1, 3, 5, 4}, with_factor(0.1)},
    {"x8", 8, {1, 3, 3, 4}, edsr_of(4, 1)},
    {"msrresnet2", 2, {2, 3, 5, 7}, MsrResNetOptions{.num_feat = 6, .num_block = 2}},
    {"msrresnet3", 3, {1, 3, 4, 5}, MsrResNetOptions{.num_feat = 6, .num_block = 2}},
    {"msrresnet4", 4, {1, 3, 5, 4}, MsrResNetOptions{.num_feat = 6, .num_block = 2}}};

std::unique_ptr<sr::Network> network_of(const Case& c) {
  return std::visit(
      [&]<typename O>(const O& options) {
        if constexpr (requires { sr::make_network(options, c.scale, 1); }) {
          return sr::make_network(options, c.scale, 1);
        } else {
          return std::unique_ptr<sr::Network>();
        }
      },
      c.options);
}

std::int64_t parameters_of(const std::string& type, int scale) {
  return sr::test::count_parameters(*sr::make_network(sr::test::network_of(type), scale, 0));
}

}  // namespace

TEST_CASE("EDSR's and MSRResNet's output and gradients equal those of BasicSR's classes", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 8))];
  const bool channels_last = GENERATE(false, true);
  sr::test::require_golden(*network_of(c),
                           {"edsr_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("EDSR and MSRResNet train under autocast with float32 output and gradients", "[nn]") {
  const char* type = GENERATE("edsr", "msrresnet");
  const auto network = sr::make_network(sr::test::tiny_network(type), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("EDSR and MSRResNet have as many parameters as the classes of BasicSR", "[nn]") {
  CHECK(parameters_of("edsr", 2) == 1'369'859);
  CHECK(parameters_of("edsr", 4) == 1'517'571);
  CHECK(parameters_of("edsr_l", 3) == 43'680'003);
  CHECK(parameters_of("msrresnet", 3) == 1'554'499);
  CHECK(parameters_of("msrresnet", 4) == 1'517'571);
}

TEST_CASE("EDSR and MSRResNet are recognised", "[nn]") {
  const sr::arch::Arguments small{{"num_feat", "8"}, {"num_block", "3"}};
  for (const int scale : {1, 2, 3, 4, 8}) {
    sr::test::require_recognised("edsr", small, {}, scale);
  }
  for (const int scale : {2, 3, 4}) {
    sr::test::require_recognised("msrresnet", small, {}, scale);
  }
  const auto large = sr::make_network(sr::test::network_of("edsr_l"), 2, 0);
  CHECK(sr::test::recognised(*large)->type == "edsr_l");
}

TEST_CASE("MSRResNet's weights begin as a tenth of what BasicSR draws them by", "[nn]") {
  const auto network = sr::make_network(sr::test::network_of("msrresnet"), 4, 0);
  for (const sr::NamedTensor& parameter : network->parameters()) {
    INFO(parameter.name);
    if (parameter.tensor.dim() == 1) {
      CHECK(parameter.tensor.abs().max().item<float>() == 0);
    } else if (parameter.name != "conv_first.weight" && parameter.name != "conv_last.weight") {
      const double expected = 0.1 * std::sqrt(2.0 / (64 * 9));
      CHECK(std::abs(parameter.tensor.std().item<double>() / expected - 1) < 0.05);
    }
  }
}
