#include "nn/ditn.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::DitnOptions;

DitnOptions small_options() {
  DitnOptions options;
  options.dim = 8;
  options.itl_blocks = 2;
  options.sal_blocks = 1;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(DitnOptions& options);
};
const Case kCases[] = {{"x2", 2, {2, 3, 8, 13}, [](DitnOptions&) {}},
                       {"x3_stages", 3, {1, 3, 7, 6}, [](DitnOptions& o) {
                          o.ufone_blocks = 2;
                          o.bias = true;
                          o.ffn_expansion_factor = 1.5;
                          o.patch_size = 4;
                        }}};

}  // namespace

TEST_CASE("DITN's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(0, 1)];
  const bool channels_last = GENERATE(false, true);
  DitnOptions options = small_options();
  c.set(options);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"ditn_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("DITN has the other class's numbers of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(DitnOptions{}, 2, 0)) == 424'636);
  CHECK(sr::test::count_parameters(*sr::make_network(DitnOptions{}, 4, 0)) == 444'112);
}

TEST_CASE("DITN begins without what its image blocks see, and takes images of one row", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const at::NoGradGuard no_grad;
  for (const sr::NamedTensor& named : network->parameters()) {
    if (named.name.ends_with("SDA.scale")) {
      CHECK(torch::equal(named.tensor, torch::zeros({1, 8, 1, 1})));
    }
  }
  const at::Tensor output = network->forward(torch::rand({1, 3, 1, 3}));
  CHECK(output.sizes() == at::IntArrayRef({1, 3, 2, 6}));
}

TEST_CASE("DITN trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.03);
}

TEST_CASE("Impossible DITN arguments are named", "[nn]") {
  DitnOptions options = small_options();
  CHECK_FALSE(options.impossible(2));
  options.patch_size = 3;
  CHECK(options.impossible(2)->option == "patch_size");
  options.patch_size = 2;
  options.ffn_expansion_factor = 0.1;
  CHECK(options.impossible(2)->option == "ffn_expansion_factor");
}
