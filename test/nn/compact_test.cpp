#include "nn/compact.h"

#include <cmath>
#include <fstream>
#include <sstream>

#include <torch/torch.h>

#include "nn/golden.h"
#include "support/catch.h"
#include "support/counting_allocator.h"

namespace {

using sr::arch::Activation;

sr::arch::CompactOptions small_config(Activation act_type) {
  return {.num_feat = 5, .num_conv = 2, .act_type = act_type};
}

std::vector<double> numbers_in(std::istringstream& line) {
  std::vector<double> result;
  for (double value = 0; line >> value;) {
    result.push_back(value);
  }
  return result;
}

at::Tensor gradient_of(const sr::Network& network, const std::string& name) {
  for (const sr::NamedTensor& parameter : network.parameters()) {
    if (parameter.name == name) {
      return parameter.tensor.grad();
    }
  }
  FAIL("no parameter is named " << name);
  return {};
}

/// Every parameter's gradient after one training pass over a fixed input.
std::vector<at::Tensor> gradients_of(const sr::Network& network) {
  const at::Tensor lq =
      torch::sin(torch::arange(4 * 3 * 24 * 24, torch::kFloat32)).view({4, 3, 24, 24});
  network.forward(lq).square().mean().backward();
  std::vector<at::Tensor> result;
  for (const sr::NamedTensor& parameter : network.parameters()) {
    const at::Tensor leaf = parameter.tensor;
    result.push_back(leaf.grad().clone());
    leaf.mutable_grad().reset();
  }
  return result;
}

}  // namespace

TEST_CASE("Output and gradients equal a PyTorch implementation of the graph", "[nn]") {
  struct Case {
    const char* key;
    Activation act_type;
    int scale;
  };
  const Case cases[] = {{"prelu2", Activation::kPrelu, 2},
                        {"relu3", Activation::kRelu, 3},
                        {"leakyrelu4", Activation::kLeakyRelu, 4},
                        {"prelu1", Activation::kPrelu, 1}};
  const Case& c = cases[GENERATE(0U, 1U, 2U, 3U)];
  const bool channels_last = GENERATE(false, true);
  CAPTURE(c.key, channels_last);
  const auto network = sr::make_network(small_config(c.act_type), c.scale, 1);
  sr::test::fill_parameters(*network, 0.3);
  network->to(at::kCPU, channels_last);
  const at::Tensor lq = sr::test::wave_images({2, 3, 4, 6});
  const at::Tensor output = network->forward(lq);
  sr::test::backward_from(output);

  std::ifstream golden(SR_SOURCE_DIR "/test/nn/compact_golden.txt");
  std::size_t parameters = 0;
  for (std::string text; std::getline(golden, text);) {
    std::istringstream line(text);
    std::string key;
    std::string name;
    line >> key >> name;
    if (key != c.key) {
      continue;
    }
    CAPTURE(name);
    const std::vector<double> expected = numbers_in(line);
    if (name == "output") {
      const at::Tensor values =
          output.detach().contiguous().flatten().slice(0, 0, std::nullopt, output.numel() / 12);
      REQUIRE(values.numel() == static_cast<std::int64_t>(expected.size()));
      REQUIRE(torch::allclose(values.to(torch::kFloat64), torch::tensor(expected, torch::kFloat64),
                              1e-5, 1e-5));
      continue;
    }
    const at::Tensor gradient = gradient_of(*network, name).contiguous().flatten();
    REQUIRE(gradient[0].item<double>() == Approx(expected[0]).epsilon(1e-4).margin(1e-4));
    REQUIRE(gradient.norm().item<double>() == Approx(expected[1]).epsilon(1e-4));
    ++parameters;
  }
  REQUIRE(parameters == network->parameters().size());
}

TEST_CASE("Parameters have the peers' names and shapes in their order", "[nn]") {
  const auto network = sr::make_network(small_config(Activation::kPrelu), 2, 0);
  std::vector<std::string> names;
  for (const sr::NamedTensor& parameter : network->parameters()) {
    names.push_back(parameter.name);
    REQUIRE(parameter.tensor.is_leaf());
    REQUIRE(parameter.tensor.requires_grad());
  }
  REQUIRE(names == std::vector<std::string>{"body.0.weight", "body.0.bias", "body.1.weight",
                                            "body.2.weight", "body.2.bias", "body.3.weight",
                                            "body.4.weight", "body.4.bias", "body.5.weight",
                                            "body.6.weight", "body.6.bias"});
  REQUIRE(network->parameters()[0].tensor.sizes() == at::IntArrayRef({5, 3, 3, 3}));
  REQUIRE(network->parameters()[2].tensor.sizes() == at::IntArrayRef({5}));
  REQUIRE(network->parameters()[9].tensor.sizes() == at::IntArrayRef({12, 5, 3, 3}));
}

TEST_CASE("Activations without parameters leave their index out of the names", "[nn]") {
  const auto network = sr::make_network(small_config(Activation::kRelu), 2, 0);
  REQUIRE(network->parameters().size() == 8);
  REQUIRE(network->parameters()[2].name == "body.2.weight");
}

TEST_CASE("Initial weights fill PyTorch's uniform range and slopes are a quarter", "[nn]") {
  sr::arch::CompactOptions config = small_config(Activation::kPrelu);
  config.num_feat = 64;
  const auto network = sr::make_network(config, 2, 3);
  const at::Tensor weight = network->parameters()[3].tensor;
  const double bound = 1 / std::sqrt(64 * 9.0);
  REQUIRE(weight.abs().max().item<double>() <= bound);
  REQUIRE(weight.abs().max().item<double>() > 0.99 * bound);
  REQUIRE(weight.std().item<double>() == Approx(bound / std::sqrt(3.0)).epsilon(0.02));
  REQUIRE(network->parameters()[4].tensor.abs().max().item<double>() <= bound);
  REQUIRE(torch::equal(network->parameters()[2].tensor, torch::full({64}, 0.25)));
}

TEST_CASE("Initial weights depend on the seed alone and not on LibTorch's generator", "[nn]") {
  const auto first_weight = [](std::uint64_t seed) {
    return sr::make_network(small_config(Activation::kPrelu), 2, seed)
        ->parameters()[0]
        .tensor.detach();
  };
  at::manual_seed(1);
  const at::Tensor a = first_weight(7);
  at::manual_seed(2);
  REQUIRE(torch::equal(a, first_weight(7)));
  REQUIRE_FALSE(torch::equal(a, first_weight(8)));
}

TEST_CASE("A training pass gives the same bits every time", "[nn]") {
  const auto network = sr::make_network(small_config(Activation::kPrelu), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  const std::vector<at::Tensor> first = gradients_of(*network);
  for (int repeat = 0; repeat < 5; ++repeat) {
    const std::vector<at::Tensor> again = gradients_of(*network);
    for (std::size_t i = 0; i < first.size(); ++i) {
      REQUIRE(torch::equal(first[i], again[i]));
    }
  }
}

TEST_CASE("Forward without gradients gives the output of the training pass and keeps the input",
          "[nn]") {
  const auto network = sr::make_network(
      small_config(GENERATE(Activation::kPrelu, Activation::kRelu, Activation::kLeakyRelu)), 2, 0);
  const at::Tensor lq = torch::rand({1, 3, 6, 7});
  const at::Tensor kept = lq.clone();
  const at::Tensor trained = network->forward(lq).detach();
  const at::NoGradGuard no_grad;
  REQUIRE(torch::equal(network->forward(lq), trained));
  REQUIRE(torch::equal(lq, kept));
}

TEST_CASE("A clip of three frames adds the middle one", "[nn]") {
  sr::arch::CompactOptions config = small_config(Activation::kPrelu);
  config.num_in_ch = 9;
  const auto network = sr::make_network(config, 2, 0);
  const at::NoGradGuard no_grad;
  for (const sr::NamedTensor& parameter : network->parameters()) {
    at::Tensor(parameter.tensor).zero_();
  }
  const at::Tensor clip = torch::rand({1, 9, 4, 4});
  const at::Tensor expected = at::upsample_nearest2d(clip.narrow(1, 3, 3), {8, 8});
  REQUIRE(torch::equal(network->forward(clip), expected));
}

TEST_CASE("Without learn_residual the shuffled features are the output", "[nn]") {
  sr::arch::CompactOptions config = small_config(Activation::kPrelu);
  const auto with = sr::make_network(config, 2, 0);
  config.learn_residual = false;
  const auto without = sr::make_network(config, 2, 0);
  const at::Tensor lq = torch::rand({1, 3, 4, 5});
  const at::Tensor difference = with->forward(lq) - without->forward(lq);
  REQUIRE(torch::allclose(difference, at::upsample_nearest2d(lq, {8, 10}), 1e-5, 1e-6));
}

TEST_CASE("Impossible Compact arguments are configuration errors", "[nn]") {
  sr::arch::CompactOptions even_clip = small_config(Activation::kPrelu);
  even_clip.num_in_ch = 6;
  REQUIRE(even_clip.impossible(2));
  even_clip.learn_residual = false;
  REQUIRE_NOTHROW(sr::make_network(even_clip, 2, 0));
}

// PyTorch's operators need about 2,000 bytes a pixel for this network; the memory model is built on
// this number.
TEST_CASE("A training pass of Compact 24x8 needs less than 1600 bytes a pixel", "[nn]") {
  sr::arch::CompactOptions config = small_config(Activation::kPrelu);
  config.num_feat = 24;
  config.num_conv = 8;
  const auto network = sr::make_network(config, 2, 0);
  network->to(at::kCPU, true);
  const sr::test::CountingAllocator allocator;
  const auto peak = [&](std::int64_t batch) {
    const at::Tensor lq =
        torch::rand({batch, 3, 64, 64}).contiguous(at::MemoryFormat::ChannelsLast);
    const std::size_t before = allocator.live_bytes();
    allocator.peak_bytes() = before;
    network->forward(lq).abs().mean().backward();
    return static_cast<double>(allocator.peak_bytes() - before);
  };
  peak(1);
  const double bytes_per_pixel = (peak(4) - peak(2)) / (2 * 64 * 64);
  INFO(bytes_per_pixel);
  REQUIRE(bytes_per_pixel < 1600);
  REQUIRE(bytes_per_pixel > 800);
}
