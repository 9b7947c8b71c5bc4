#include <cstring>
#include <map>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <torch/torch.h>

#include "checkpoint/safetensors_header.h"
#include "core/error.h"
#include "export/ncnn_files.h"

namespace sr {
namespace {

/// One line of the text.
struct Layer {
  std::string type, name;
  std::vector<std::string> inputs, outputs;
  std::map<int, std::string> parameters;

  std::int64_t integer(int key, std::int64_t otherwise = 0) const {
    const auto found = parameters.find(key);
    return found == parameters.end() ? otherwise : std::stoll(found->second);
  }
  double real(int key, double otherwise = 0) const {
    const auto found = parameters.find(key);
    return found == parameters.end() ? otherwise : std::stod(found->second);
  }
  /// The last number of an array, "1,8".
  std::int64_t last_of(int key) const {
    const std::string& text = parameters.at(key);
    return std::stoll(text.substr(text.rfind(',') + 1));
  }
};

Layer read_layer(const std::string& line) {
  std::istringstream words(line);
  Layer layer;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  words >> layer.type >> layer.name >> inputs >> outputs;
  const auto read = [&](std::size_t count, std::vector<std::string>& names) {
    std::string name;
    while (names.size() < count && words >> name) {
      names.push_back(name);
    }
  };
  read(inputs, layer.inputs);
  read(outputs, layer.outputs);
  for (std::string word; words >> word;) {
    const std::size_t sign = word.find('=');
    layer.parameters[std::stoi(word.substr(0, sign))] = word.substr(sign + 1);
  }
  if (layer.inputs.size() != inputs || layer.outputs.size() != outputs || layer.outputs.empty()) {
    throw CheckpointError(fmt::format("its layer {} is cut off", quote_name(layer.name)));
  }
  return layer;
}

class NcnnReader {
 public:
  explicit NcnnReader(const NcnnFiles& files) : rest_(files.bin), text_(files.param) {}
  Graph graph();

 private:
  void add(const Layer& layer);
  void add_convolution(const Layer& layer);
  void add_binary(const Layer& layer);
  void node(const Layer& layer, const std::string& op, std::vector<std::string> more_inputs = {},
            std::map<std::string, Attribute> attributes = {});
  at::Tensor take(std::int64_t count, at::ScalarType type);
  std::string constant(const at::Tensor& values);

  std::string_view rest_;
  const std::string& text_;
  Graph graph_;
};

at::Tensor NcnnReader::take(std::int64_t count, at::ScalarType type) {
  at::Tensor values = at::empty({count}, type);
  const std::size_t padded = (values.nbytes() + 3) / 4 * 4;
  if (padded > rest_.size()) {
    throw CheckpointError("its weights are cut off");
  }
  std::memcpy(values.mutable_data_ptr(), rest_.data(), values.nbytes());
  rest_.remove_prefix(padded);
  return values;
}

std::string NcnnReader::constant(const at::Tensor& values) {
  const std::string name = fmt::format("c{}", graph_.initializers.size());
  graph_.initializers[name] = values.to(at::kFloat);
  return name;
}

void NcnnReader::node(const Layer& layer, const std::string& op,
                      std::vector<std::string> more_inputs,
                      std::map<std::string, Attribute> attributes) {
  std::vector<std::string> inputs = layer.inputs;
  inputs.insert(inputs.end(), more_inputs.begin(), more_inputs.end());
  graph_.nodes.push_back({op, std::move(inputs), layer.outputs, std::move(attributes)});
}

void NcnnReader::add_convolution(const Layer& layer) {
  using Integers = std::vector<std::int64_t>;
  const std::uint32_t tag = take(1, at::kInt).item<std::int32_t>();
  const at::Tensor weight = take(layer.integer(6), tag == kNcnnHalfTag ? at::kHalf : at::kFloat)
                                .view({layer.integer(0), -1, layer.integer(11), layer.integer(1)});
  std::vector<std::string> inputs{constant(weight)};
  if (layer.integer(5) != 0) {
    inputs.push_back(constant(take(layer.integer(0), at::kFloat)));
  }
  node(layer, "Conv", inputs,
       {{"strides", Integers{layer.integer(13), layer.integer(3)}},
        {"dilations", Integers{layer.integer(12), layer.integer(2)}},
        {"pads",
         Integers{layer.integer(14), layer.integer(4), layer.integer(16), layer.integer(15)}},
        {"group", layer.integer(7, 1)}});
}

void NcnnReader::add_binary(const Layer& layer) {
  const auto operation = static_cast<NcnnBinary>(layer.integer(0));
  const bool reversed = operation == NcnnBinary::kRsub || operation == NcnnBinary::kRdiv;
  const std::map<NcnnBinary, std::string> names{
      {NcnnBinary::kAdd, "Add"}, {NcnnBinary::kSub, "Sub"},  {NcnnBinary::kMul, "Mul"},
      {NcnnBinary::kDiv, "Div"}, {NcnnBinary::kRsub, "Sub"}, {NcnnBinary::kRdiv, "Div"}};
  std::vector<std::string> inputs = layer.inputs;
  if (layer.integer(1) != 0) {
    inputs.push_back(constant(at::full({1}, layer.real(2))));
  }
  if (reversed) {
    std::swap(inputs[0], inputs[1]);
  }
  graph_.nodes.push_back({names.at(operation), inputs, layer.outputs, {}});
}

void NcnnReader::add(const Layer& layer) {
  const std::string& type = layer.type;
  const auto integers = [&](std::int64_t value) {
    const std::string name = fmt::format("c{}", graph_.initializers.size());
    graph_.initializers[name] = at::full({1}, value, at::kLong);
    return name;
  };
  if (type == "Input") {
    graph_.input.name = layer.outputs[0];
  } else if (type == "Split") {
    for (const std::string& output : layer.outputs) {
      graph_.nodes.push_back({"Identity", layer.inputs, {output}, {}});
    }
  } else if (type == "Convolution" || type == "ConvolutionDepthWise") {
    add_convolution(layer);
  } else if (type == "PReLU") {
    node(layer, "PRelu", {constant(take(layer.integer(0), at::kFloat).view({-1, 1, 1}))});
  } else if (type == "ReLU") {
    node(layer, "LeakyRelu", {}, {{"alpha", layer.real(0)}});
  } else if (type == "Sigmoid") {
    node(layer, "Sigmoid");
  } else if (type == "BinaryOp") {
    add_binary(layer);
  } else if (type == "MemoryData") {
    graph_.initializers[layer.outputs[0]] = take(layer.integer(2), at::kFloat).view({1, -1, 1, 1});
  } else if (type == "Concat") {
    node(layer, "Concat", {}, {{"axis", layer.integer(0) + 1}});
  } else if (type == "Crop") {
    node(layer, "Slice",
         {integers(layer.last_of(-23309)), integers(layer.last_of(-23310)),
          integers(layer.last_of(-23311) + 1)});
  } else if (type == "PixelShuffle") {
    node(layer, "DepthToSpace", {}, {{"blocksize", layer.integer(0)}, {"mode", "CRD"}});
  } else if (type == "Interp") {
    const at::Tensor scales = torch::tensor({1.0, 1.0, layer.real(1), layer.real(2)});
    const bool nearest = layer.integer(0) == 1;
    node(layer, "Resize", {"", constant(scales)},
         {{"mode", nearest ? "nearest" : "linear"},
          {"coordinate_transformation_mode", nearest ? "asymmetric" : "half_pixel"},
          {"nearest_mode", "floor"}});
  } else if (type == "Reduction") {
    node(layer, "ReduceMean", {}, {{"axes", std::vector<std::int64_t>{2, 3}}});
  } else {
    throw CheckpointError(
        fmt::format("its layer {} is of an unknown type", quote_name(layer.name)));
  }
}

Graph NcnnReader::graph() {
  std::istringstream lines(text_);
  std::string line;
  std::getline(lines, line);
  if (line != kNcnnMagic) {
    throw CheckpointError("is no ncnn file");
  }
  std::getline(lines, line);  // the numbers of layers and blobs
  graph_.output.name = "output";
  while (std::getline(lines, line)) {
    add(read_layer(line));
  }
  if (!rest_.empty()) {
    throw CheckpointError("has more weights than its layers take");
  }
  return std::move(graph_);
}

}  // namespace

Graph graph_of_ncnn(const NcnnFiles& files) {
  return NcnnReader(files).graph();
}

}  // namespace sr
