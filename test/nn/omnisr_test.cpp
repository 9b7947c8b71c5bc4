#include "nn/omnisr.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::OmniSrOptions;

OmniSrOptions small_options() {
  OmniSrOptions options;
  options.num_feat = 8;
  options.res_num = 2;
  options.window_size = 4;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(OmniSrOptions& options);
};
const Case kCases[] = {
    {"x2", 2, {2, 3, 16, 20}, [](OmniSrOptions&) {}},
    {"x3",
     3,
     {1, 3, 15, 18},
     [](OmniSrOptions& o) {
       o.block_num = 2;
       o.res_num = 1;
     }},
    {"x4_plain",
     4,
     {1, 3, 16, 16},
     [](OmniSrOptions& o) {
       o.pe = false;
       o.bias = false;
     }},
    {"x1_large_window", 1, {1, 3, 17, 16}, [](OmniSrOptions& o) { o.window_size = 8; }}};

}  // namespace

TEST_CASE("OmniSR's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 4))];
  const bool channels_last = GENERATE(false, true);
  OmniSrOptions options = small_options();
  c.set(options);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"omnisr_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("OmniSR has the published number of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(OmniSrOptions{}, 4, 0)) == 805'376);
}

TEST_CASE("OmniSR takes images that are smaller than its spatial attention", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 3, 9});
  const at::Tensor output = network->forward(lq);
  const at::Tensor whole = network->forward(at::constant_pad_nd(lq, {0, 7, 0, 13}));
  REQUIRE(output.sizes() == at::IntArrayRef({1, 3, 6, 18}));
  CHECK(torch::equal(output, whole.narrow(2, 0, 6).narrow(3, 0, 18)));
}

TEST_CASE("OmniSR trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({1, 3, 16, 16}), 0.05);
}

TEST_CASE("OmniSR needs features for its heads", "[nn]") {
  OmniSrOptions options = small_options();
  options.num_feat = 10;
  REQUIRE(options.impossible(2));
}
