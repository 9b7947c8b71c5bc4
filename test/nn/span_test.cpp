#include "nn/span.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast.h"
#include "support/catch.h"

namespace {

struct Case {
  const char* key;
  int scale;
  bool norm;
};
const Case kCases[] = {
    {"plain1", 1, false}, {"plain2", 2, false}, {"norm3", 3, true}, {"plain4", 4, false}};

sr::arch::SpanOptions small_options(bool norm) {
  sr::arch::SpanOptions options;
  options.feature_channels = 4;
  options.norm = norm;
  return options;
}

std::int64_t count_parameters(const sr::Module& module) {
  std::int64_t sum = 0;
  for (const sr::NamedTensor& parameter : module.parameters()) {
    sum += parameter.tensor.numel();
  }
  return sum;
}

std::vector<at::Tensor> values_of(const sr::Module& module) {
  std::vector<at::Tensor> values;
  for (const sr::NamedTensor& parameter : module.parameters()) {
    values.push_back(parameter.tensor);
  }
  return values;
}

}  // namespace

TEST_CASE("SPAN's output and gradients of all parts equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 4))];
  const bool channels_last = GENERATE(false, true);
  CAPTURE(c.key, channels_last);
  const auto network = sr::make_network(small_options(c.norm), c.scale, 1);
  sr::test::fill_parameters(*network, 0.3);
  network->to(at::kCPU, channels_last);
  const at::Tensor output = network->forward(sr::test::wave_images({2, 3, 5, 6}));
  REQUIRE(output.sizes() == at::IntArrayRef({2, 3, 5 * c.scale, 6 * c.scale}));
  sr::test::backward_from(output);
  const auto lines = sr::test::golden_lines("span_golden.txt", c.key);
  sr::test::require_output(output, lines[0]);
  REQUIRE(network->parameters().size() == lines.size() - 1);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    CAPTURE(lines[i].name);
    REQUIRE(network->parameters()[i - 1].name == lines[i].name);
    sr::test::require_tensor(network->parameters()[i - 1].tensor.grad(), lines[i]);
  }
}

TEST_CASE("SPAN says in its weight file that it does not normalise", "[nn]") {
  const auto plain = sr::make_network(small_options(false), 2, 0);
  REQUIRE(sr::test::names_of(plain->buffers()) == std::vector<std::string>{"no_norm"});
  REQUIRE(plain->buffers()[0].tensor.sizes() == at::IntArrayRef({1}));
  REQUIRE(sr::make_network(small_options(true), 2, 0)->buffers().empty());
}

TEST_CASE("SPAN's weight file has the merged kernels of the parameters that are written", "[nn]") {
  const auto network = sr::make_network(small_options(false), 2, 5);
  network->to(at::kCPU, true);
  const sr::NamedTensors derived = network->derived_tensors(values_of(*network));
  REQUIRE(sr::test::names_of(derived) == network->derived_names());
  REQUIRE(derived.size() == 2 * 20);  // conv_1, three of each of six blocks, conv_2
  REQUIRE(derived[0].name == "conv_1.eval_conv.weight");
  REQUIRE(derived[3].name == "block_1.c1_r.eval_conv.bias");
  // conv_1 by its parts, on an image without borders: the order of its parameters is that of the
  // state dict.
  const at::NoGradGuard no_grad;
  const std::vector<at::Tensor> p = values_of(*network);
  const at::Tensor lq = torch::rand({1, 3, 6, 6});
  const at::Tensor parts =
      at::conv2d(at::conv2d(at::conv2d(lq, p[2], p[3]), p[4], p[5]), p[6], p[7]) +
      at::conv2d(lq, p[0], p[1]).slice(2, 1, 5).slice(3, 1, 5);
  const at::Tensor merged = at::conv2d(lq, derived[0].tensor, derived[1].tensor);
  REQUIRE(torch::allclose(merged, parts, 1e-5, 1e-6));
  // Of other values, other kernels: the average's are not the average of kernels.
  std::vector<at::Tensor> halves;
  for (const at::Tensor& value : p) {
    halves.push_back(value * 0.5);
  }
  const at::Tensor of_halves = network->derived_tensors(halves)[0].tensor;
  REQUIRE_FALSE(torch::allclose(of_halves, derived[0].tensor * 0.5, 1e-3, 1e-4));
}

TEST_CASE("SPAN's sizes have the published numbers of parameters", "[nn]") {
  const auto count = [](int features) {
    sr::arch::SpanOptions options;
    options.feature_channels = features;
    const auto network = sr::make_network(options, 4, 0);
    std::int64_t merged = 0;
    for (const sr::NamedTensor& tensor : network->derived_tensors(values_of(*network))) {
      merged += tensor.tensor.numel();
    }
    return count_parameters(*network) + merged;  // as other tools count: with the merged kernels
  };
  CHECK(count(48) == 2'236'728);
  CHECK(count(52) == 2'621'964);
}

TEST_CASE("SPAN trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(GENERATE(false, true)), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  const at::Tensor lq = torch::rand({2, 3, 8, 8});
  const at::Tensor exact = network->forward(lq).detach();
  at::Tensor loss;
  {
    const sr::AutocastGuard guard(at::kCPU, at::kBFloat16);
    const at::Tensor output = network->forward(lq);
    REQUIRE(output.scalar_type() == at::kFloat);
    REQUIRE((output - exact).norm().item<double>() < 0.05 * exact.norm().item<double>());
    REQUIRE_FALSE(torch::equal(output, exact));
    loss = output.square().mean();
  }
  loss.backward();
  for (const sr::NamedTensor& parameter : network->parameters()) {
    CAPTURE(parameter.name);
    REQUIRE(parameter.tensor.grad().scalar_type() == at::kFloat);
    REQUIRE(parameter.tensor.grad().abs().sum().item<float>() > 0);
  }
}

TEST_CASE("SPAN with norm takes RGB and three means", "[nn]") {
  sr::arch::SpanOptions options = small_options(true);
  options.num_in_ch = 9;
  REQUIRE(options.impossible(2));
  options = small_options(true);
  options.rgb_mean = {0.5};
  REQUIRE(options.impossible(2));
}
