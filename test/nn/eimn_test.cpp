#include "nn/eimn.h"

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::EimnOptions;

EimnOptions small_options() {
  EimnOptions options;
  options.embed_dims = 16;
  options.num_stages = 2;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(EimnOptions& options);
};
const Case kCases[] = {{"x2", 2, {2, 3, 8, 9}, [](EimnOptions&) {}},
                       {"x3_deep",
                        3,
                        {2, 3, 7, 5},
                        [](EimnOptions& o) {
                          o.depths = 2;
                          o.mlp_ratios = 1.5;
                        }},
                       {"x1", 1, {3, 3, 6, 4}, [](EimnOptions& o) { o.num_stages = 1; }}};

}  // namespace

TEST_CASE("EIMN's output and gradients in training equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 3))];
  const bool channels_last = GENERATE(false, true);
  EimnOptions options = small_options();
  c.set(options);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"eimn_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("EIMN has the other class's numbers of parameters", "[nn]") {
  EimnOptions options;
  CHECK(sr::test::count_parameters(*sr::make_network(options, 4, 0)) == 1'002'496);
  options.num_stages = 14;
  CHECK(sr::test::count_parameters(*sr::make_network(options, 2, 0)) == 860'098);
}

TEST_CASE("EIMN's forward normalises by running statistics, which training moves", "[nn]") {
  EimnOptions options = small_options();
  CHECK(sr::arch::mixes_samples(options));
  const auto network = sr::make_network(options, 2, 0);
  const at::Tensor lq = torch::rand({2, 3, 6, 6});
  const at::NoGradGuard no_grad;
  const at::Tensor before = network->forward(lq);
  CHECK(torch::allclose(network->forward(lq.narrow(0, 0, 1)), before.narrow(0, 0, 1), 1e-4, 1e-5));
  network->training_forward(lq, {});
  CHECK(network->buffers()[2].tensor.item<std::int64_t>() == 1);  // num_batches_tracked
  CHECK_FALSE(torch::allclose(network->forward(lq), before, 1e-6, 1e-7));
  options.frozen_statistics = true;
  CHECK_FALSE(sr::arch::mixes_samples(options));
  const auto frozen = sr::make_network(options, 2, 0);
  CHECK(torch::equal(frozen->training_forward(lq, {}), frozen->forward(lq)));
}

TEST_CASE("EIMN begins with small layers", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  for (const sr::NamedTensor& named : network->parameters()) {
    if (named.name.find("layer_scale") != std::string::npos) {
      CHECK(torch::equal(named.tensor, torch::full({16}, 0.01F)));
    }
  }
}

TEST_CASE("EIMN trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("Both branches of a block of EIMN are left out at its rate", "[nn]") {
  EimnOptions options = small_options();
  options.drop_path_rate = 0.4;
  const std::vector<double> rates = sr::make_network(options, 2, 0)->drop_rates();
  REQUIRE(rates.size() == 4);
  CHECK(rates[1] == 0);
  CHECK(rates[2] == Approx(0.4));
}

TEST_CASE("Impossible EIMN arguments are named", "[nn]") {
  const auto option = [](void (*set)(EimnOptions & options)) {
    EimnOptions options = small_options();
    set(options);
    const auto found = options.impossible(2);
    return found ? found->option : "";
  };
  CHECK(option([](EimnOptions&) {}).empty());
  CHECK(option([](EimnOptions& o) { o.embed_dims = 12; }) == "embed_dims");
  CHECK(option([](EimnOptions& o) { o.mlp_ratios = 0.01; }) == "mlp_ratios");
  CHECK(option([](EimnOptions& o) { o.freeze_param = true; }) == "freeze_param");
}
