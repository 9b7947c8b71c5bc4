#include "nn/cascadedgaze.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::CascadedGazeOptions;

CascadedGazeOptions small_options() {
  return {.width = 8,
          .middle_blk_num = 1,
          .enc_blk_nums = {1, 1},
          .dec_blk_nums = {1, 1},
          .gce_convs_nums = {3, 2}};
}

struct Case {
  const char* key;
  std::vector<std::int64_t> shape;
  CascadedGazeOptions options;
};
const Case kCases[] = {{"x1", {2, 3, 35, 38}, small_options()},
                       {"further",
                        {1, 3, 63, 66},
                        {.width = 6,
                         .middle_blk_num = 2,
                         .enc_blk_nums = {1, 2},
                         .dec_blk_nums = {2, 1},
                         .gce_convs_nums = {2, 3}}},
                       {"one",
                        {1, 3, 33, 40},
                        {.width = 8,
                         .middle_blk_num = 0,
                         .enc_blk_nums = {2},
                         .dec_blk_nums = {1},
                         .gce_convs_nums = {3}}}};

}  // namespace

TEST_CASE("CascadedGaze's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 3))];
  const bool channels_last = GENERATE(false, true);
  CascadedGazeOptions options = c.options;
  options.use_checkpoint = channels_last;
  const auto network = sr::make_network(options, 1, 1);
  sr::test::require_golden(
      *network, {"cascadedgaze_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("CascadedGaze has as many parameters as traiNNer-redux's class", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(CascadedGazeOptions{}, 1, 0)) == 119'223'063);
}

TEST_CASE("CascadedGaze begins as the image that it is given", "[nn]") {
  // Both halves of a block begin with factors of 0: what is left are the first and the last
  // convolution and the ways between the grids.
  const auto network = sr::make_network(small_options(), 1, 0);
  for (const sr::NamedTensor& parameter : network->parameters()) {
    if (parameter.name.ends_with("beta") || parameter.name.ends_with("gamma")) {
      CHECK(parameter.tensor.count_nonzero().item<std::int64_t>() == 0);
    }
    if (parameter.name.starts_with("ending")) {
      const at::NoGradGuard no_grad;
      at::Tensor(parameter.tensor).zero_();
    }
  }
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 34, 40});
  CHECK(torch::equal(network->forward(lq), lq));
}

TEST_CASE("CascadedGaze grows images by zeros to the sides that its convolutions need", "[nn]") {
  CHECK(CascadedGazeOptions{}.smallest_side() == 64);
  CHECK(small_options().smallest_side() == 32);
  const auto network = sr::make_network(small_options(), 1, 0);
  CHECK(network->size_multiple() == 4);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 5, 9});
  const at::Tensor grown = at::constant_pad_nd(lq, {0, 23, 0, 27});
  const at::Tensor expected = network->forward(grown).narrow(2, 0, 5).narrow(3, 0, 9);
  CHECK(torch::equal(network->forward(lq), expected));
}

TEST_CASE("CascadedGaze trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(), 1, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 32, 32}), 0.05);
}

TEST_CASE("Impossible CascadedGaze arguments are named", "[nn]") {
  const auto option = [](void (*set)(CascadedGazeOptions & options), int scale = 1) {
    CascadedGazeOptions options = small_options();
    set(options);
    const auto found = options.impossible(scale);
    return found ? found->option : "";
  };
  CHECK(option([](CascadedGazeOptions&) {}).empty());
  CHECK(option([](CascadedGazeOptions&) {}, 2) == "scale");
  CHECK(option([](CascadedGazeOptions& o) { o.dec_blk_nums = {1}; }) == "dec_blk_nums");
  CHECK(option([](CascadedGazeOptions& o) { o.gce_convs_nums = {3}; }) == "GCE_CONVS_nums");
  CHECK(option([](CascadedGazeOptions& o) { o.gce_convs_nums = {3, 2, 2}; }).empty());
  CHECK(option([](CascadedGazeOptions& o) {
          o.enc_blk_nums.clear();
          o.dec_blk_nums.clear();
        }) == "enc_blk_nums");
}

TEST_CASE("CascadedGaze is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments) {
    sr::test::require_recognised("cascadedgaze", {{"width", "6"}, {"GCE_CONVS_nums", "2,3,3"}},
                                 arguments, 1);
  };
  with({{"enc_blk_nums", "1,2,1"}, {"dec_blk_nums", "2,1,3"}, {"middle_blk_num", "2"}});
  with({{"enc_blk_nums", "1,0,2"}, {"dec_blk_nums", "0,1,1"}, {"middle_blk_num", "0"}});
  with({{"enc_blk_nums", "1"}, {"dec_blk_nums", "1"}});
}
