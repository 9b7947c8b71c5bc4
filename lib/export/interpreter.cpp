#include "export/interpreter.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <torch/torch.h>

#include "checkpoint/safetensors_header.h"
#include "core/error.h"
#include "export/interpreted_node.h"

namespace sr {
namespace {

class Values {
 public:
  explicit Values(const Graph& graph);
  at::Tensor operator[](const std::string& name) const;
  void set(const std::string& name, const at::Tensor& value) { values_[name] = value; }
  /// Gives back what no node behind `index` uses.
  void forget_after(std::size_t index, const Node& node);

 private:
  const Graph& graph_;
  std::unordered_map<std::string, at::Tensor> values_;
  std::unordered_map<std::string, std::size_t> last_use_;
};

Values::Values(const Graph& graph) : graph_(graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& input : graph.nodes[i].inputs) {
      last_use_[input] = i;
    }
  }
}

at::Tensor Values::operator[](const std::string& name) const {
  if (name.empty()) {
    return {};
  }
  if (const auto found = values_.find(name); found != values_.end()) {
    return found->second;
  }
  const auto stored = graph_.initializers.find(name);
  if (stored == graph_.initializers.end()) {
    throw CheckpointError(fmt::format("uses the value {} before it is there", quote_name(name)));
  }
  return stored->second;
}

void Values::forget_after(std::size_t index, const Node& node) {
  for (const std::string& input : node.inputs) {
    if (last_use_[input] == index && input != graph_.output.name) {
      values_.erase(input);
    }
  }
}

}  // namespace

at::Tensor interpret(const Graph& graph, const at::Tensor& input) {
  const at::NoGradGuard no_grad;
  Values values(graph);
  values.set(graph.input.name, input.to(graph.input.type));
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    std::vector<at::Tensor> inputs;
    for (const std::string& name : node.inputs) {
      inputs.push_back(values[name]);
    }
    const auto found = interpreted_operations().find(node.op);
    if (found == interpreted_operations().end()) {
      throw CheckpointError(
          fmt::format("holds an operation that is not known here: {}", quote_name(node.op)));
    }
    values.set(node.outputs.at(0), found->second({node, inputs, graph.opset}));
    inputs.clear();
    values.forget_after(i, node);
  }
  return values[graph.output.name];
}

}  // namespace sr
