#include "nn/docres.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::DocResOptions;

DocResOptions small_options() {
  DocResOptions options;
  options.dim = 8;
  options.num_blocks = {1, 2, 1, 1};
  options.num_refinement_blocks = 1;
  options.heads = {1, 2, 2, 4};
  return options;
}

struct Case {
  const char* key;
  std::vector<std::int64_t> shape;
  void (*set)(DocResOptions& options);
};
const Case kCases[] = {{"x1", {2, 3, 9, 13}, [](DocResOptions&) {}},
                       {"plain",
                        {1, 3, 16, 11},
                        [](DocResOptions& o) {
                          o.layer_norm_type = DocResOptions::Norm::kBiasFree;
                          o.bias = true;
                          o.ffn_expansion_factor = 2;
                        }},
                       {"clips", {1, 9, 8, 16}, [](DocResOptions& o) {
                          o.inp_channels = 9;
                          o.num_blocks = {1, 1, 1, 2};
                          o.num_refinement_blocks = 2;
                        }}};

}  // namespace

TEST_CASE("DocRes's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 3))];
  const bool channels_last = GENERATE(false, true);
  DocResOptions options = small_options();
  c.set(options);
  options.use_checkpoint = channels_last;
  const auto network = sr::make_network(options, 1, 1);
  sr::test::require_golden(*network,
                           {"docres_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("DocRes has as many parameters as traiNNer-redux's class", "[nn]") {
  const auto count = [](const DocResOptions& options) {
    return sr::test::count_parameters(*sr::make_network(options, 1, 0));
  };
  CHECK(count({}) == 14'682'400);
  CHECK(count(sr::arch::docres_large()) == 34'568'500);
}

TEST_CASE("DocRes tells RGB pixels their place in the image", "[nn]") {
  const auto network = sr::make_network(small_options(), 1, 0);
  CHECK(network->size_multiple() == 8);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 16, 16});
  const at::Tensor output = network->forward(lq);
  const sr::NamedTensor& first = network->parameters().front();
  REQUIRE(first.name == "patch_embed.proj.weight");
  REQUIRE(first.tensor.size(1) == 5);
  for (const std::int64_t place : {3, 4}) {
    at::Tensor weights = first.tensor.select(1, place);
    const at::Tensor before = weights.clone();
    weights.zero_();
    CHECK_FALSE(torch::allclose(network->forward(lq), output, 1e-4, 1e-4));
    weights.copy_(before);
  }
  REQUIRE(network->forward(torch::rand({1, 3, 3, 9})).sizes() == at::IntArrayRef({1, 3, 3, 9}));
}

TEST_CASE("DocRes trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(), 1, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 16}), 0.05);
}

TEST_CASE("Impossible DocRes arguments are named", "[nn]") {
  const auto option = [](void (*set)(DocResOptions & options), int scale = 1) {
    DocResOptions options = small_options();
    set(options);
    const auto found = options.impossible(scale);
    return found ? found->option : "";
  };
  CHECK(option([](DocResOptions&) {}).empty());
  CHECK(option([](DocResOptions&) {}, 2) == "scale");
  CHECK(option([](DocResOptions& o) { o.num_blocks = {1, 1}; }) == "num_blocks");
  CHECK(option([](DocResOptions& o) { o.heads = {1}; }) == "heads");
  CHECK(option([](DocResOptions& o) { o.heads = {1, 3, 2, 4}; }) == "heads");
  CHECK(option([](DocResOptions& o) { o.dim = 9; }) == "dim");
  CHECK(option([](DocResOptions& o) { o.ffn_expansion_factor = 0.01; }) == "ffn_expansion_factor");
}

TEST_CASE("DocRes is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments) {
    sr::test::require_recognised(
        "docres_base", {{"dim", "12"}, {"heads", "1,2,3,4"}, {"num_refinement_blocks", "2"}},
        arguments, 1);
  };
  with({{"num_blocks", "1,2,1,3"}, {"bias", "true"}, {"ffn_expansion_factor", "1.5"}});
  with({{"num_blocks", "2,1,1,1"}, {"LayerNorm_type", "biasfree"}});
  with({{"num_blocks", "1,1,1,1"}, {"inp_channels", "9"}, {"ffn_expansion_factor", "2.1"}});
  const auto network = sr::make_network(sr::test::network_of("docres_large"), 1, 0);
  CHECK(sr::test::recognised(*network)->type == "docres_large");
}
