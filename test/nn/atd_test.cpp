#include "nn/atd.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::AtdOptions;
using sr::arch::ResidualConnection;
using sr::arch::WindowUpsampler;

AtdOptions small_options() {
  AtdOptions options;
  options.img_size = 8;
  options.embed_dim = 12;
  options.depths = {2, 1};
  options.num_heads = {2, 3};
  options.window_size = 4;
  options.category_size = 10;
  options.num_tokens = 5;
  options.reducted_dim = 3;
  options.convffn_kernel_size = 3;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(AtdOptions& options);
};
const Case kCases[] = {{"x2", 2, {2, 3, 8, 8}, [](AtdOptions&) {}},
                       {"x3_direct",
                        3,
                        {1, 3, 7, 10},
                        [](AtdOptions& o) { o.upsampler = WindowUpsampler::kPixelShuffleDirect; }},
                       {"x4_nearest",
                        4,
                        {1, 3, 4, 8},
                        [](AtdOptions& o) {
                          o.upsampler = WindowUpsampler::kNearestConv;
                          o.resi_connection = ResidualConnection::kThreeConvs;
                          o.mlp_ratio = 1.5;
                        }},
                       {"x1_none",
                        1,
                        {1, 3, 6, 5},
                        [](AtdOptions& o) {
                          o.upsampler = WindowUpsampler::kNone;
                          o.norm = false;
                          o.img_range = 255;
                        }},
                       {"x2_plain", 2, {1, 3, 8, 4}, [](AtdOptions& o) {
                          o.category_size = 1000;
                          o.qkv_bias = false;
                          o.patch_norm = false;
                          o.depths = {3, 2};
                          o.img_range = 255;
                          o.convffn_kernel_size = 5;
                        }}};

}  // namespace

TEST_CASE("ATD's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  AtdOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"atd_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("ATD has the published numbers of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(sr::arch::atd(), 4, 0)) == 20'260'929);
  CHECK(sr::test::count_parameters(*sr::make_network(sr::arch::atd_light(), 2, 0)) == 799'332);
}

TEST_CASE("ATD's file holds the positions of a window once", "[nn]") {
  AtdOptions options = small_options();
  options.norm = false;
  const auto network = sr::make_network(options, 2, 0);
  const sr::NamedTensors derived = network->derived_tensors({});
  REQUIRE(derived.size() == 1);
  CHECK(derived[0].name == "relative_position_index_SA");
  CHECK(derived[0].tensor.sizes() == at::IntArrayRef({16, 16}));
  REQUIRE(network->buffers().size() == 1);
  CHECK(network->buffers()[0].name == "no_norm");
  CHECK(network->drop_rates().empty());
}

TEST_CASE("ATD takes images that are smaller than half a window", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 1, 6});
  const at::Tensor output = network->forward(lq);
  const at::Tensor whole = network->forward(lq.expand({1, 3, 4, 6}));
  REQUIRE(output.sizes() == at::IntArrayRef({1, 3, 2, 12}));
  CHECK(torch::equal(output, whole.narrow(2, 0, 2)));
}

TEST_CASE("An image's categories do not depend on the others of its batch", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({3, 3, 8, 12});
  const at::Tensor whole = network->forward(lq);
  CHECK(torch::allclose(network->forward(lq.narrow(0, 1, 1)), whole.narrow(0, 1, 1), 1e-4, 1e-5));
}

TEST_CASE("ATD trains under autocast with float32 output and gradients", "[nn]") {
  AtdOptions options = small_options();
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("Impossible ATD arguments are named", "[nn]") {
  const auto refused = [](int scale, void (*set)(AtdOptions & options)) {
    AtdOptions options = small_options();
    set(options);
    const auto found = options.impossible(scale);
    return found ? found->option : "";
  };
  CHECK(refused(2, [](AtdOptions&) {}).empty());
  CHECK(refused(2, [](AtdOptions& o) { o.convffn_kernel_size = 4; }) == "convffn_kernel_size");
  CHECK(refused(2, [](AtdOptions& o) { o.upsampler = WindowUpsampler::kNearestConv; }) ==
        "upsampler");
  AtdOptions uneven = small_options();
  uneven.num_heads = {5, 2};
  CHECK(uneven.impossible(2).value().option == "num_heads");
}

TEST_CASE("ATD is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const std::string& type, const sr::arch::Arguments& arguments,
                       int scale = 4) {
    const sr::arch::Arguments small{
        {"img_size", "12"},   {"embed_dim", "12"}, {"depths", "2,1"},     {"num_heads", "2,3"},
        {"window_size", "4"}, {"num_tokens", "5"}, {"reducted_dim", "3"}, {"category_size", "10"}};
    sr::test::require_recognised(type, small, arguments, scale);
  };
  with("atd", {{"qkv_bias", "false"}, {"patch_norm", "false"}, {"mlp_ratio", "1.3"}}, 3);
  with("atd", {{"norm", "false"}, {"convffn_kernel_size", "3"}}, 2);
  with("atd_light", {{"resi_connection", "3conv"}}, 2);
  with("atd", {{"upsampler", "nearest+conv"}});
  with("atd", {{"upsampler", "none"}}, 1);
}
