#include <cstring>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include "core/error.h"
#include "export/ncnn_files.h"

namespace sr {
namespace {

using Integers = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

struct Layer {
  std::string type;
  Names inputs, outputs;
  std::string parameters;  ///< "0=64 1=3"
};

class NcnnWriter {
 public:
  NcnnWriter(const Graph& graph, at::ScalarType type) : graph_(graph), type_(type) {}
  NcnnFiles files();

 private:
  void add(const Node& node);
  void add_layer(const std::string& type, const Names& inputs, const std::string& output,
                 const std::string& parameters = "");
  void convolution(const Node& node);
  void prelu(const Node& node);
  void arithmetic(const Node& node, NcnnBinary plain, NcnnBinary reversed);
  void tanh(const Node& node);
  void slice(const Node& node);
  void resize(const Node& node);
  void mean(const Node& node);

  [[noreturn]] void refuse(const Node& node, const std::string& how = "") const;
  const at::Tensor* constant(const std::string& name) const;
  const at::Tensor& fixed(const Node& node, std::size_t input) const;
  Integers integers(const Node& node, const std::string& name, const Integers& otherwise) const;
  std::int64_t integer(const Node& node, const std::string& name, std::int64_t otherwise) const;
  void store(const at::Tensor& values);
  void store_tagged(const at::Tensor& values);
  std::string memory(const at::Tensor& values);
  Names split_uses();
  std::string text() const;

  const Graph& graph_;
  at::ScalarType type_;
  std::vector<Layer> layers_;
  std::string bin_;
  int next_ = 0;
};

void NcnnWriter::refuse(const Node& node, const std::string& how) const {
  throw ConfigError(fmt::format(
      "ncnn: the network needs {}{}, for which realesrgan-ncnn-vulkan and Upscayl have no layer",
      node.op, how.empty() ? "" : " " + how));
}

const at::Tensor* NcnnWriter::constant(const std::string& name) const {
  const auto found = graph_.initializers.find(name);
  return found == graph_.initializers.end() ? nullptr : &found->second;
}

/// An input that is the same for every image.
const at::Tensor& NcnnWriter::fixed(const Node& node, std::size_t input) const {
  const at::Tensor* values = constant(node.inputs.at(input));
  if (values == nullptr) {
    refuse(node, "with numbers that depend on the image");
  }
  return *values;
}

Integers NcnnWriter::integers(const Node& node, const std::string& name,
                              const Integers& otherwise) const {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? otherwise : std::get<Integers>(found->second);
}

std::int64_t NcnnWriter::integer(const Node& node, const std::string& name,
                                 std::int64_t otherwise) const {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? otherwise : std::get<std::int64_t>(found->second);
}

void NcnnWriter::add_layer(const std::string& type, const Names& inputs, const std::string& output,
                           const std::string& parameters) {
  layers_.push_back({type, inputs, {output}, parameters});
}

void NcnnWriter::store(const at::Tensor& values) {
  const at::Tensor dense = values.contiguous();
  bin_.append(static_cast<const char*>(dense.const_data_ptr()), dense.nbytes());
}

/// Weights of a convolution, in multiples of four bytes.
void NcnnWriter::store_tagged(const at::Tensor& values) {
  const std::uint32_t tag = type_ == at::kHalf ? kNcnnHalfTag : 0;
  bin_.append(reinterpret_cast<const char*>(&tag), sizeof tag);
  store(type_ == at::kHalf ? values.clamp(-65504, 65504).to(at::kHalf) : values);
  bin_.append((4 - bin_.size() % 4) % 4, '\0');
}

void NcnnWriter::convolution(const Node& node) {
  const at::Tensor& weight = fixed(node, 1);
  const Integers pads = integers(node, "pads", {0, 0, 0, 0});
  const Integers strides = integers(node, "strides", {1, 1});
  const Integers dilations = integers(node, "dilations", {1, 1});
  const std::int64_t group = integer(node, "group", 1);
  const bool has_bias = node.inputs.size() > 2;
  std::string parameters = fmt::format(
      "0={} 1={} 11={} 2={} 12={} 3={} 13={} 4={} 14={} 15={} 16={} 5={} 6={}", weight.size(0),
      weight.size(3), weight.size(2), dilations[1], dilations[0], strides[1], strides[0], pads[1],
      pads[0], pads[3], pads[2], has_bias ? 1 : 0, weight.numel());
  if (group > 1) {
    parameters += fmt::format(" 7={}", group);
  }
  add_layer(group > 1 ? "ConvolutionDepthWise" : "Convolution", {node.inputs[0]}, node.outputs[0],
            parameters);
  store_tagged(weight);
  if (has_bias) {
    store(fixed(node, 2));
  }
}

void NcnnWriter::prelu(const Node& node) {
  const at::Tensor& slope = fixed(node, 1);
  add_layer("PReLU", {node.inputs[0]}, node.outputs[0], fmt::format("0={}", slope.numel()));
  store(slope);
}

/// A layer that gives a number for each channel.
std::string NcnnWriter::memory(const at::Tensor& values) {
  const std::string name = fmt::format("memory{}", next_++);
  add_layer("MemoryData", {}, name, fmt::format("0=1 1=1 2={}", values.numel()));
  store(values);
  return name;
}

void NcnnWriter::arithmetic(const Node& node, NcnnBinary plain, NcnnBinary reversed) {
  Names inputs = node.inputs;
  for (std::size_t i = 0; i < 2; ++i) {
    const at::Tensor* values = constant(inputs[i]);
    if (values == nullptr) {
      continue;
    }
    if (values->numel() == 1) {
      add_layer("BinaryOp", {inputs[1 - i]}, node.outputs[0],
                fmt::format("0={} 1=1 2={:e}", static_cast<int>(i == 1 ? plain : reversed),
                            values->item<float>()));
      return;
    }
    const std::int64_t rank = values->dim();
    if (rank < 3 || values->size(rank - 3) != values->numel()) {
      refuse(node, "with constants of another shape than one for each channel");
    }
    inputs[i] = memory(*values);
  }
  add_layer("BinaryOp", inputs, node.outputs[0], fmt::format("0={}", static_cast<int>(plain)));
}

/// 2 sigmoid(2 x) - 1: there is no layer of that name.
void NcnnWriter::tanh(const Node& node) {
  const auto step = [&] { return fmt::format("tanh{}", next_++); };
  const std::string twice = step();
  const std::string gate = step();
  const std::string wide = step();
  const auto with = [](NcnnBinary operation, double number) {
    return fmt::format("0={} 1=1 2={:e}", static_cast<int>(operation), number);
  };
  add_layer("BinaryOp", {node.inputs[0]}, twice, with(NcnnBinary::kMul, 2));
  add_layer("Sigmoid", {twice}, gate);
  add_layer("BinaryOp", {gate}, wide, with(NcnnBinary::kMul, 2));
  add_layer("BinaryOp", {wide}, node.outputs[0], with(NcnnBinary::kSub, 1));
}

/// Channels from a first to before a last one; ncnn counts axes without N.
void NcnnWriter::slice(const Node& node) {
  const auto number = [&](std::size_t i) { return fixed(node, i).item<std::int64_t>(); };
  if (number(3) != 1 || number(4) != 1 || number(1) < 0) {
    refuse(node, "of rows or columns");
  }
  add_layer("Crop", {node.inputs[0]}, node.outputs[0],
            fmt::format("-23309=1,{} -23310=1,{} -23311=1,0", number(1), number(2)));
}

/// Nearest or bilinear, by a factor. Programs' own ways of the other modes are not relied on.
void NcnnWriter::resize(const Node& node) {
  const auto text = [&](const char* name) {
    return std::get<std::string>(node.attributes.at(name));
  };
  const bool nearest = text("mode") == "nearest";
  if (!nearest && text("mode") != "linear") {
    throw ConfigError(fmt::format(
        "ncnn: the network needs Resize in the mode {}, which is not written", text("mode")));
  }
  if (!nearest && text("coordinate_transformation_mode") != "half_pixel") {
    throw ConfigError(fmt::format("ncnn: the network needs Resize with {}, which is not written",
                                  text("coordinate_transformation_mode")));
  }
  const at::Tensor& scales = fixed(node, 2);
  add_layer("Interp", {node.inputs[0]}, node.outputs[0],
            fmt::format("0={} 1={:e} 2={:e}", nearest ? 1 : 2, scales[2].item<float>(),
                        scales[3].item<float>()));
}

void NcnnWriter::mean(const Node& node) {
  const Integers axes = node.inputs.size() > 1 && constant(node.inputs[1]) != nullptr
                            ? Integers{constant(node.inputs[1])->select(0, 0).item<std::int64_t>(),
                                       constant(node.inputs[1])->select(0, -1).item<std::int64_t>()}
                            : integers(node, "axes", {});
  if (axes != Integers{2, 3} || integer(node, "keepdims", 1) != 1) {
    refuse(node, "over other axes than H and W");
  }
  constexpr int kMean = 3;
  add_layer("Reduction", {node.inputs[0]}, node.outputs[0],
            fmt::format("0={} 1=0 -23303=2,1,2 4=1 5=1", kMean));
}

void NcnnWriter::add(const Node& node) {
  const std::string& op = node.op;
  if (op == "Conv") {
    convolution(node);
  } else if (op == "PRelu") {
    prelu(node);
  } else if (op == "Relu") {
    add_layer("ReLU", node.inputs, node.outputs[0]);
  } else if (op == "LeakyRelu") {
    add_layer("ReLU", node.inputs, node.outputs[0],
              fmt::format("0={:e}", std::get<double>(node.attributes.at("alpha"))));
  } else if (op == "Sigmoid") {
    add_layer("Sigmoid", node.inputs, node.outputs[0]);
  } else if (op == "Tanh") {
    tanh(node);
  } else if (op == "Add") {
    arithmetic(node, NcnnBinary::kAdd, NcnnBinary::kAdd);
  } else if (op == "Sub") {
    arithmetic(node, NcnnBinary::kSub, NcnnBinary::kRsub);
  } else if (op == "Mul") {
    arithmetic(node, NcnnBinary::kMul, NcnnBinary::kMul);
  } else if (op == "Div") {
    arithmetic(node, NcnnBinary::kDiv, NcnnBinary::kRdiv);
  } else if (op == "Concat" && integer(node, "axis", 0) == 1) {
    add_layer("Concat", node.inputs, node.outputs[0], "0=0");
  } else if (op == "Slice") {
    slice(node);
  } else if (op == "DepthToSpace") {
    add_layer("PixelShuffle", node.inputs, node.outputs[0],
              fmt::format("0={}", integer(node, "blocksize", 1)));
  } else if (op == "Resize") {
    resize(node);
  } else if (op == "ReduceMean") {
    mean(node);
  } else {
    refuse(node);
  }
}

/// ncnn wants a blob used once: Split layers make copies for the others. Returns the blobs' names.
Names NcnnWriter::split_uses() {
  std::map<std::string, int> uses;
  for (const Layer& layer : layers_) {
    for (const std::string& input : layer.inputs) {
      ++uses[input];
    }
  }
  std::vector<Layer> layers;
  std::map<std::string, int> taken;
  Names blobs;
  for (Layer& layer : layers_) {
    for (std::string& input : layer.inputs) {
      if (uses[input] > 1) {
        input = fmt::format("{}_{}", input, taken[input]++);
      }
    }
    const std::string output = layer.outputs[0];
    layers.push_back(std::move(layer));
    blobs.push_back(output);
    if (uses[output] > 1) {
      Layer split{"Split", {output}, {}, ""};
      for (int i = 0; i < uses[output]; ++i) {
        split.outputs.push_back(fmt::format("{}_{}", output, i));
      }
      blobs.insert(blobs.end(), split.outputs.begin(), split.outputs.end());
      layers.push_back(std::move(split));
    }
  }
  layers_ = std::move(layers);
  return blobs;
}

std::string NcnnWriter::text() const {
  std::string text;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    text += fmt::format("{:<20} {:<16} {} {}", layer.type, fmt::format("layer{}", i),
                        layer.inputs.size(), layer.outputs.size());
    for (const Names& names : {layer.inputs, layer.outputs}) {
      text += names.empty() ? "" : fmt::format(" {}", fmt::join(names, " "));
    }
    text += (layer.parameters.empty() ? "" : " ") + layer.parameters + "\n";
  }
  return text;
}

NcnnFiles NcnnWriter::files() {
  add_layer("Input", {}, "data");
  for (Node node : graph_.nodes) {
    for (Names* names : {&node.inputs, &node.outputs}) {
      for (std::string& name : *names) {
        name = name == graph_.input.name ? "data" : name == graph_.output.name ? "output" : name;
      }
    }
    add(node);
  }
  const std::size_t blobs = split_uses().size();
  return {fmt::format("{}\n{} {}\n{}", kNcnnMagic, layers_.size(), blobs, text()), bin_};
}

}  // namespace

NcnnFiles ncnn_files(const Graph& graph, at::ScalarType type) {
  return NcnnWriter(graph, type).files();
}

}  // namespace sr
