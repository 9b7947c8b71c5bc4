#include "export/graph.h"

#include <utility>

#include <torch/torch.h>

#include "export/onnx_types.h"

namespace sr {
namespace {

constexpr double kLargestHalf = 65504;

class Precision {
 public:
  Precision(const Graph& from, at::ScalarType type);
  Graph graph() &&;

 private:
  at::ScalarType type_of(at::ScalarType type) const { return type == at::kDouble ? type_ : type; }
  std::string now(const std::string& name) const;
  void add_cast(const std::string& from, const std::string& to, at::ScalarType type);
  void add(Node node);
  bool drops(const Node& node) const;

  at::ScalarType type_;
  Graph to_;
  std::map<std::string, std::string> renamed_;
};

Precision::Precision(const Graph& from, at::ScalarType type) : type_(type) {
  to_.opset = from.opset;
  to_.metadata = from.metadata;
  to_.input = from.input;
  to_.output = from.output;
  for (const auto& [name, own] : from.types) {
    to_.types[name] = type_of(own);
  }
  for (const auto& [name, values] : from.initializers) {
    const bool half = type == at::kHalf && values.scalar_type() == at::kDouble;
    to_.initializers[name] = (half ? values.clamp(-kLargestHalf, kLargestHalf) : values)
                                 .to(type_of(values.scalar_type()))
                                 .contiguous();
  }
  const bool casts_ports = type == at::kBFloat16;
  to_.input.type = to_.output.type = casts_ports ? at::kFloat : type;
  if (casts_ports) {
    const std::string inside = from.input.name + "_bf16";
    add_cast(from.input.name, inside, type);
    to_.types[from.input.name] = at::kFloat;
    renamed_[from.input.name] = inside;
    renamed_[from.output.name] = from.output.name + "_bf16";
    to_.types[from.output.name + "_bf16"] = type;
  }
  for (const Node& node : from.nodes) {
    add(node);
  }
  if (casts_ports) {
    add_cast(now(from.output.name), from.output.name, at::kFloat);
  }
}

std::string Precision::now(const std::string& name) const {
  const auto found = renamed_.find(name);
  return found == renamed_.end() ? name : found->second;
}

void Precision::add_cast(const std::string& from, const std::string& to, at::ScalarType type) {
  to_.nodes.push_back({"Cast", {from}, {to}, {{"to", onnx_type(type)}}});
  to_.types[to] = type;
}

bool Precision::drops(const Node& node) const {
  return node.op == "Cast" && node.outputs[0] != to_.output.name &&
         to_.types.at(node.inputs[0]) == to_.types.at(node.outputs[0]);
}

void Precision::add(Node node) {
  for (std::string& input : node.inputs) {
    input = now(input);
  }
  if (drops(node)) {
    renamed_[node.outputs[0]] = node.inputs[0];
    return;
  }
  for (std::string& output : node.outputs) {
    output = now(output);
  }
  if (node.op == "Cast") {
    node.attributes["to"] = onnx_type(to_.types.at(node.outputs[0]));
  }
  to_.nodes.push_back(std::move(node));
}

Graph Precision::graph() && {
  return std::move(to_);
}

}  // namespace

Graph with_precision(const Graph& graph, at::ScalarType type) {
  return Precision(graph, type).graph();
}

}  // namespace sr
