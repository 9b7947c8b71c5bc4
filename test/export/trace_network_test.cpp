#include "export/trace_network.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "arch/uni_upsampler.h"
#include "core/error.h"
#include "export/interpreter.h"
#include "export/ncnn_files.h"
#include "export/onnx_file.h"
#include "export/size_term.h"
#include "export/verification.h"
#include "nn/torchscript.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/temp_folder.h"
#include "support/thrown.h"
#include "support/torchscript.h"

namespace {

using sr::test::contains;

/// With weights that are not the beginning's, which leave parts of some networks without effect.
std::unique_ptr<sr::Network> network_of(const sr::NetworkConfig& config, int scale) {
  auto network = sr::make_network(config, scale, 3);
  const at::NoGradGuard no_grad;
  auto generator = at::make_generator<at::CPUGeneratorImpl>(7);
  for (const sr::NamedTensor& parameter : network->parameters()) {
    const at::Tensor& values = parameter.tensor;
    // The sums of many inputs must stay within float32's range, layer behind layer.
    const std::int64_t inputs = values.dim() > 1 ? values.numel() / values.size(0) : 1;
    const double most = inputs < 500 ? 0.05 : 2.5 / static_cast<double>(inputs);
    at::Tensor(values).add_(torch::rand(values.sizes(), generator) * most);
  }
  return network;
}

/// Whether these options are new: several rows have the same where all are tiny.
bool is_another(const sr::NetworkConfig& config, std::vector<sr::arch::NetworkOptions>& seen) {
  if (std::ranges::find(seen, config.options) != seen.end()) {
    return false;
  }
  seen.push_back(config.options);
  return true;
}

/// Difference of what the written bytes give.
double exported(const sr::Network& network, const sr::TraceOptions& options, at::ScalarType type,
                std::int64_t channels = sr::arch::kRgb) {
  const sr::TracedNetwork traced = sr::trace_network(network, channels, options);
  const sr::Verification verification(network, channels, options, traced.size_multiple);
  const std::string bytes = sr::onnx_bytes(sr::with_precision(traced.graph, type));
  return verification.difference(sr::graph_of_onnx(bytes), "", type);
}

void check_one_size(const sr::Network& network, const sr::NetworkConfig& config) {
  const sr::TraceOptions fixed{.shape = sr::ImageShape{12, 20}};
  double difference = 0;
  std::string refusal;
  try {
    difference = exported(network, fixed, at::kFloat, sr::arch::input_channels(config.options));
  } catch (const sr::ConfigError& error) {
    refusal = error.what();
  }
  CHECK(difference < 1e-5);
  CHECK((refusal.empty() || contains(refusal, "aten::")));
}

std::vector<std::string> operations(const sr::Graph& graph) {
  std::vector<std::string> names;
  for (const sr::Node& node : graph.nodes) {
    names.push_back(node.op);
  }
  return names;
}

}  // namespace

TEST_CASE("a number of pixels is a term of the image's size", "[export]") {
  const sr::ImageSize first{1, 2, 5};
  const sr::ImageSize second{2, 3, 7};
  CHECK(sr::size_term(64, 64, first, second)->is_constant());
  const auto rows = sr::size_term(8, 12, first, second);
  REQUIRE(rows);
  CHECK(rows->coefficient == 4);
  CHECK(rows->powers == std::array<int, 3>{0, 1, 0});
  const auto windows = sr::size_term(1.0 * 2 * 5 / 64, 2.0 * 3 * 7 / 64, first, second);
  REQUIRE(windows);
  CHECK(windows->powers == std::array<int, 3>{1, 1, 1});
  CHECK(std::abs(windows->coefficient - 1.0 / 64) < 1e-12);
  CHECK(sr::size_term(2.0 / 5, 2.0 / 7, first, second)->powers == std::array<int, 3>{0, 0, -1});
  CHECK_FALSE(sr::size_term(8, 13, first, second));
  CHECK_FALSE(sr::size_term(0, 1, first, second));
}

TEST_CASE("Every network is a graph that gives its images at any size", "[export]") {
  std::vector<sr::arch::NetworkOptions> seen;
  for (const sr::arch::Architecture& row : sr::arch::architectures()) {
    const std::string type(row.type);
    CAPTURE(type);
    if (type == "torchscript") {
      continue;  // its file decides
    }
    const sr::NetworkConfig config = sr::test::tiny_network(type);
    if (!is_another(config, seen)) {
      continue;
    }
    const auto network = network_of(config, sr::test::scale_of(config));
    if (network->size_multiple() >= 64) {
      continue;  // takes a minute: below
    }
    double difference = 1;
    std::string refusal;
    try {
      difference = exported(*network, {}, at::kFloat, sr::arch::input_channels(config.options));
    } catch (const sr::ConfigError& error) {
      refusal = error.what();
    }
    if (type.starts_with("atd")) {
      CHECK(contains(refusal, "aten::"));  // sorts pixels by what they resemble
      continue;
    }
    if (type == "craft") {  // gives images a window of room beside them
      CHECK(contains(refusal, "aten::narrow"));
      continue;
    }
    CHECK(refusal == "");
    CHECK(difference < 1e-5);
  }
}

TEST_CASE("LMLT and MetaFlexNet are graphs for multiples of 64 pixels", "[export][slow]") {
  const std::string type = GENERATE("lmlt_tiny", "metaflexnet");
  const auto network = network_of(sr::test::tiny_network(type), 2);
  CHECK(exported(*network, {}, at::kFloat) < 1e-5);
  CHECK(sr::trace_network(*network, sr::arch::kRgb, {}).size_multiple == 64);
}

// By repetition those of up to 18 pixels, or 38, others by reflection.
TEST_CASE("A network that pads small images otherwise is a graph of larger ones",
          "[export][slow]") {
  const std::string fast = GENERATE("false", "true");
  CAPTURE(fast);
  const auto network = network_of(sr::test::network_of("realcugan", {{"fast", fast}}), 2);
  const sr::TracedNetwork traced = sr::trace_network(*network, sr::arch::kRgb, {});
  const std::int64_t multiple = fast == "true" ? 64 : 32;
  CHECK(traced.size_multiple == multiple);
  for (const std::int64_t times : {1, 2}) {
    const at::NoGradGuard no_grad;
    const at::Tensor image = sr::test_image({1, multiple, times * multiple}, sr::arch::kRgb);
    const at::Tensor difference = sr::interpret(traced.graph, image) - network->forward(image);
    CHECK(difference.abs().max().item<double>() < 1e-5);
  }
}

TEST_CASE("SCUNet is a graph for multiples of 64 pixels unless it gives images room around them",
          "[export][slow]") {
  const sr::NetworkConfig published = sr::test::tiny_network("scunet");
  CHECK(sr::trace_network(*network_of(published, 1), sr::arch::kRgb, {}).size_multiple == 64);
  const sr::NetworkConfig around = sr::test::tiny_network("scunet_aaf6aa");
  const auto refusal = sr::test::message_of<sr::ConfigError>(
      [&] { sr::trace_network(*network_of(around, 1), sr::arch::kRgb, {}); });
  CHECK(contains(refusal, "--shape"));
}

TEST_CASE("Every network is a graph of one size, or refused by an operator's name", "[export]") {
  std::vector<sr::arch::NetworkOptions> seen;
  for (const sr::arch::Architecture& row : sr::arch::architectures()) {
    const std::string type(row.type);
    CAPTURE(type);
    if (type == "torchscript") {
      continue;  // its file decides
    }
    const sr::NetworkConfig config = sr::test::tiny_network(type);
    if (!is_another(config, seen)) {
      continue;
    }
    const auto network = network_of(config, sr::test::scale_of(config));
    if (network->size_multiple() < 64) {  // others take minutes: below
      check_one_size(*network, config);
    }
  }
}

TEST_CASE("Networks that pad to 64 pixels are graphs of one size", "[export][slow]") {
  const std::string type = GENERATE("lmlt_tiny", "metaflexnet", "scunet_aaf6aa", "tscunet");
  CAPTURE(type);
  const sr::NetworkConfig config = sr::test::tiny_network(type);
  check_one_size(*network_of(config, sr::test::scale_of(config)), config);
}

TEST_CASE("a fixed shape, another opset and other precisions give the same images", "[export]") {
  const sr::TraceOptions fixed{.shape = sr::ImageShape{9, 11}};
  for (const char* type : {"esrgan", "mosrv2", "rcan_unshuffle"}) {
    const auto network = network_of(sr::test::tiny_network(type), 1);
    CAPTURE(type);
    CHECK(exported(*network, fixed, at::kFloat) < 2e-6);
    CHECK(exported(*network, {.opset = 14}, at::kFloat) < 2e-6);
    CHECK(exported(*network, {.opset = 20}, at::kBFloat16) < 2e-2);
    CHECK(exported(*network, {}, at::kHalf) < 3e-3);
  }
}

TEST_CASE("A network that pads is a graph for multiples of what it pads to", "[export]") {
  const auto network = network_of(
      sr::test::network_of("temporalspanv2",
                           {{"num_frames", "3"}, {"feature_channels", "2"}, {"num_blocks", "1"}}),
      1);
  const sr::TracedNetwork traced = sr::trace_network(*network, 9, {});
  CHECK(traced.size_multiple == 64);
  CHECK(std::ranges::count(operations(traced.graph), "Pad") == 0);
  const sr::TracedNetwork padded =
      sr::trace_network(*network, 9, {.shape = sr::ImageShape{40, 64}});
  CHECK(std::ranges::count(operations(padded.graph), "Pad") == 1);
}

TEST_CASE("A network of windows is a graph for multiples of its window", "[export]") {
  const auto multiple = [](const char* type, const sr::arch::Arguments& arguments) {
    sr::arch::Arguments all = arguments;
    const sr::arch::Arguments tiny =
        sr::arch::arguments(sr::test::tiny_network(type).options.get());
    all.insert(tiny.begin(), tiny.end());
    const auto network = network_of(sr::test::network_of(type, all), 2);
    CHECK(exported(*network, {}, at::kFloat) < 1e-5);
    return sr::trace_network(*network, 3, {}).size_multiple;
  };
  CHECK(multiple("swinir_m", {}) == 4);
  CHECK(multiple("swin2sr_s", {{"upsampler", "pixelshuffle_aux"}}) == 4);
  CHECK(multiple("dat", {}) == 4);
  CHECK(multiple("srformer", {{"window_size", "6"}, {"img_size", "12"}}) == 6);
}

TEST_CASE("A network is a graph whichever way it makes the large image", "[export]") {
  for (const auto& [name, upsampler] : sr::arch::uni_upsamplers()) {
    if (upsampler == sr::arch::UniUpsampler::kConv) {
      continue;  // has scale 1 alone
    }
    sr::arch::Arguments arguments =
        sr::arch::arguments(sr::test::tiny_network("mosrv2").options.get());
    arguments["upsampler"] = name;
    arguments["mid_dim"] = "8";  // lda cannot halve a quarter of less
    CAPTURE(name);
    const auto network = network_of(sr::test::network_of("mosrv2", arguments), 2);
    CHECK(exported(*network, {}, at::kFloat) < 1e-5);
  }
}

TEST_CASE("a TorchScript network is a graph of what it calls", "[export]") {
  const sr::test::TempFolder folder;
  const auto script = [&](const torch::jit::Module& module, const char* name) {
    const std::string file = sr::test::saved(module, folder / name);
    return sr::make_network(sr::arch::TorchScriptOptions{.file = file}, 2, 0);
  };
  const auto normed = script(sr::test::script_with_batch_norm(), "normed.pt");
  CHECK(exported(*normed, {}, at::kFloat) < 2e-6);
  // Sizes that the program computes are terms of the image's.
  const auto cut = script(sr::test::small_script(sr::test::forward_with(
                              "y = torch.constant_pad_nd(y, [2, 2, 2, 2])[:, :, 2:y.size(2) + 2, "
                              "2:-2]")),
                          "cut.pt");
  CHECK(exported(*cut, {}, at::kFloat) < 2e-6);
  const auto sums =
      script(sr::test::small_script(sr::test::forward_with("y = torch.cumsum(y, 1)")), "sums.pt");
  CHECK(contains(sr::test::message_of<sr::ConfigError>([&] { exported(*sums, {}, at::kFloat); }),
                 "aten::cumsum: there is no translation"));
}

TEST_CASE("overlapping windows are slices of the largest blocks they consist of", "[export]") {
  const auto network = network_of(sr::test::tiny_network("hat_s"), 2);
  const auto names = operations(sr::trace_network(*network, 3, {}).graph);
  // Windows of 4 with keys of 6 are three blocks of 2 along both axes; a shift is two parts of both
  // axes, there and back; queries, keys and values are two parts.
  CHECK(std::ranges::count(names, "Slice") == 2 * 3 + 2 * 2 * 2 + 2);
}

TEST_CASE("an unshuffle and the convolution behind it are one convolution", "[export]") {
  const auto network = network_of(sr::test::tiny_network("esrgan"), 1);
  const sr::TracedNetwork traced = sr::trace_network(*network, 3, {});
  CHECK(traced.size_multiple == 4);
  const sr::Node& first = traced.graph.nodes.front();
  CHECK(first.op == "Conv");
  CHECK(first.inputs.front() == "input");
  CHECK(first.attributes.at("strides") == sr::Attribute(std::vector<std::int64_t>{4, 4}));
  CHECK(traced.graph.initializers.at(first.inputs[1]).sizes() == at::IntArrayRef{8, 3, 12, 12});
}

TEST_CASE("convolutions of SPAN are merged", "[export]") {
  const auto network = network_of(sr::test::tiny_network("span"), 2);
  const auto names = operations(sr::trace_network(*network, 3, {}).graph);
  // The first, three of the block, conv_2, conv_cat, the upsampler.
  CHECK(std::ranges::count(names, "Conv") == 7);
}

TEST_CASE("ncnn's layers give the network's images", "[export]") {
  for (const char* type : {"compact", "esrgan", "span", "rcan"}) {
    for (const int scale : {1, 2, 4}) {
      CAPTURE(type, scale);
      const auto network = network_of(sr::test::tiny_network(type), scale);
      const sr::TracedNetwork traced = sr::trace_network(*network, 3, {});
      const sr::Verification verification(*network, 3, {}, traced.size_multiple);
      const sr::Graph single = sr::with_precision(traced.graph, at::kFloat);
      const auto difference = [&](at::ScalarType weights) {
        return verification.difference(sr::graph_of_ncnn(sr::ncnn_files(single, weights)), "",
                                       weights);
      };
      CHECK(difference(at::kFloat) < 2e-6);
      CHECK(difference(at::kHalf) < 2e-3);
    }
  }
}

TEST_CASE("ncnn's files are as its loader wants them", "[export]") {
  sr::Graph graph;
  graph.input.name = "input";
  graph.output.name = "output";
  graph.initializers["w"] = torch::ones({1, 1, 1, 1});
  graph.nodes = {{"Conv", {"input", "w"}, {"a"}, {}}, {"Add", {"a", "input"}, {"output"}, {}}};
  const sr::NcnnFiles files = sr::ncnn_files(graph, at::kHalf);
  CHECK(files.param ==
        "7767517\n"
        "4 5\n"
        "Input                layer0           0 1 data\n"
        "Split                layer1           1 2 data data_0 data_1\n"
        "Convolution          layer2           1 1 data_0 a 0=1 1=1 11=1 2=1 12=1 3=1 13=1 4=0 "
        "14=0 15=0 16=0 5=0 6=1\n"
        "BinaryOp             layer3           2 1 a data_1 output 0=0\n");
  CHECK(files.bin == std::string("\x47\x6b\x30\x01\x00\x3c\x00\x00", 8));
}

TEST_CASE("ncnn files have no Resize that ncnn would compute otherwise", "[export]") {
  const auto refusal = [](const std::string& mode, const std::string& place,
                          std::vector<std::string> inputs) {
    sr::Graph graph;
    graph.input.name = "input";
    graph.output.name = "output";
    graph.initializers["scales"] = torch::tensor({1.0, 1.0, 2.0, 2.0});
    graph.nodes = {{"Resize",
                    std::move(inputs),
                    {"output"},
                    {{"mode", mode}, {"coordinate_transformation_mode", place}}}};
    return sr::test::message_of<sr::ConfigError>([&] { sr::ncnn_files(graph, at::kFloat); });
  };
  CHECK(contains(refusal("cubic", "half_pixel", {"input", "", "scales"}),
                 "Resize in the mode cubic"));
  CHECK(contains(refusal("linear", "align_corners", {"input", "", "scales"}),
                 "Resize with align_corners"));
  CHECK(contains(refusal("linear", "half_pixel", {"input", "", "", "sizes"}),
                 "Resize with numbers that depend on the image"));
}

TEST_CASE("what cannot be expressed is refused by its name", "[export]") {
  const auto plus = network_of(sr::test::tiny_network("realplksr"), 2);
  const auto refusal = sr::test::message_of<sr::ConfigError>([&] {
    sr::ncnn_files(sr::with_precision(sr::trace_network(*plus, 3, {}).graph, at::kFloat),
                   at::kFloat);
  });
  CHECK(contains(refusal, "ncnn"));
  CHECK(contains(refusal, "layer"));
  const auto sampled = network_of(sr::test::tiny_network("spanplus"), 2);
  const sr::TraceOptions old{.opset = 15, .shape = sr::ImageShape{12, 20}};
  CHECK(
      contains(sr::test::message_of<sr::ConfigError>([&] { sr::trace_network(*sampled, 3, old); }),
               "aten::grid_sampler_2d: needs opset 16"));
}
