#include "nn/drct.h"

#include <torch/torch.h>

#include "golden.h"
#include "support/catch.h"

namespace {

using sr::arch::DrctOptions;
using sr::arch::ResidualConnection;

DrctOptions small_options() {
  DrctOptions options = sr::arch::drct_of(2);
  options.img_size = 8;
  options.embed_dim = 12;
  options.num_heads = {2, 3};
  options.window_size = 4;
  options.gc = 6;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(DrctOptions& options);
};
const Case kCases[] = {{"x2", 2, {2, 3, 8, 8}, [](DrctOptions&) {}},
                       {"x3_growth",
                        3,
                        {1, 3, 4, 8},
                        [](DrctOptions& o) {
                          o.gc = 2;
                          o.num_heads = {3, 3};
                        }},
                       {"x4_plain", 4, {1, 3, 8, 4}, [](DrctOptions& o) {
                          o.qkv_bias = false;
                          o.patch_norm = false;
                          o.resi_connection = ResidualConnection::kIdentity;
                        }}};

}  // namespace

TEST_CASE("DRCT's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 3))];
  const bool channels_last = GENERATE(false, true);
  DrctOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"drct_golden.txt", c.key, c.shape, 0.4, channels_last, at::kDouble});
}

TEST_CASE("DRCT has the published number of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(sr::arch::drct_of(12), 4, 0)) == 27'580'719);
}

TEST_CASE("DRCT pads images that are no multiple of its window and cuts the output", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 6, 7});
  const at::Tensor output = network->forward(lq);
  REQUIRE(output.sizes() == at::IntArrayRef({1, 3, 12, 14}));
  const at::Tensor whole = network->forward(at::reflection_pad2d(lq, {0, 1, 0, 2}));
  CHECK(torch::equal(output, whole.narrow(2, 0, 12).narrow(3, 0, 14)));
}

TEST_CASE("All blocks of a group of DRCT are left out at the rate of its first", "[nn]") {
  DrctOptions options = small_options();
  options.drop_path_rate = 0.22;
  const std::vector<double> rates = sr::make_network(options, 2, 0)->drop_rates();
  REQUIRE(rates.size() == 20);
  CHECK(rates[9] == 0);
  CHECK(rates[10] == Approx(0.12));
  CHECK(rates[19] == Approx(0.12));
}

TEST_CASE("Impossible DRCT arguments are configuration errors", "[nn]") {
  DrctOptions options = small_options();
  options.gc = 5;
  options.num_heads = {4, 4};
  REQUIRE(options.impossible(2));
}
