#include "nn/hat.h"

#include <torch/torch.h>

#include "golden.h"
#include "support/catch.h"

namespace {

using sr::arch::HatOptions;
using sr::arch::ResidualConnection;

HatOptions small_options() {
  HatOptions options;
  options.img_size = 8;
  options.embed_dim = 12;
  options.depths = {2, 1};
  options.num_heads = {2, 3};
  options.window_size = 4;
  options.squeeze_factor = 4;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(HatOptions& options);
};
const Case kCases[] = {{"x2", 2, {2, 3, 8, 8}, [](HatOptions&) {}},
                       {"x3", 3, {1, 3, 7, 10}, [](HatOptions& o) { o.conv_scale = 0.1; }},
                       {"x4_plain",
                        4,
                        {1, 3, 8, 4},
                        [](HatOptions& o) {
                          o.qkv_bias = false;
                          o.patch_norm = false;
                          o.resi_connection = ResidualConnection::kIdentity;
                          o.num_feat = 16;
                        }},
                       {"x1_overlap", 1, {1, 3, 12, 8}, [](HatOptions& o) {
                          o.overlap_ratio = 1;
                          o.img_range = 255;
                        }}};

}  // namespace

TEST_CASE("HAT's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 4))];
  const bool channels_last = GENERATE(false, true);
  HatOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"hat_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("HAT has the published numbers of parameters", "[nn]") {
  const auto count = [](const HatOptions& options) {
    return sr::test::count_parameters(*sr::make_network(options, 4, 0));
  };
  CHECK(count(sr::arch::hat_l()) == 40'846'575);
  CHECK(count(sr::arch::hat_s()) == 9'621'183);
}

TEST_CASE("HAT's files hold the positions of both kinds of windows", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const sr::NamedTensors derived = network->derived_tensors({});
  REQUIRE(sr::test::names_of(derived) ==
          std::vector<std::string>{"relative_position_index_SA", "relative_position_index_OCA"});
  CHECK(derived[0].tensor.sizes() == at::IntArrayRef({16, 16}));
  CHECK(derived[1].tensor.sizes() == at::IntArrayRef({16, 36}));
  CHECK(derived[1].tensor[0][0].item<std::int64_t>() == -10);  // counted from the table's end
}

TEST_CASE("Impossible HAT arguments are configuration errors", "[nn]") {
  const auto refused = [](void (*set)(HatOptions & options)) {
    HatOptions options = small_options();
    set(options);
    REQUIRE(options.impossible(2));
  };
  refused([](HatOptions& o) { o.compress_ratio = 13; });
  refused([](HatOptions& o) { o.squeeze_factor = 13; });
  refused([](HatOptions& o) { o.overlap_ratio = 0.25; });
  refused([](HatOptions& o) { o.num_heads = {2, 5}; });
}
