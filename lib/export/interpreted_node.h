#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "export/graph.h"

namespace sr {

/// A node with the values that go into it.
class InterpretedNode {
 public:
  InterpretedNode(const Node& node, const std::vector<at::Tensor>& inputs, int opset)
      : node_(node), inputs_(inputs), opset_(opset) {}

  /// Undefined where it is left out.
  at::Tensor input(std::size_t i) const { return i < inputs_.size() ? inputs_[i] : at::Tensor(); }
  const std::vector<at::Tensor>& inputs() const { return inputs_; }
  /// The elements of an input of integers.
  std::vector<std::int64_t> numbers(std::size_t i) const;

  std::int64_t integer(const std::string& name, std::int64_t otherwise) const;
  double real(const std::string& name, double otherwise) const;
  std::string text(const std::string& name, const std::string& otherwise) const;
  std::vector<std::int64_t> integers(const std::string& name,
                                     const std::vector<std::int64_t>& otherwise) const;
  int opset() const { return opset_; }
  [[noreturn]] void refuse(std::string_view reason) const;

 private:
  template <typename T>
  T attribute(const std::string& name, const T& otherwise) const;

  const Node& node_;
  const std::vector<at::Tensor>& inputs_;
  int opset_;
};

using Operation = at::Tensor (*)(const InterpretedNode& node);
using OperationTable = std::vector<std::pair<std::string_view, Operation>>;

/// By ONNX's names.
const std::map<std::string_view, Operation>& interpreted_operations();

// The parts of that table.
OperationTable interpreted_arithmetic();
OperationTable interpreted_layers();
OperationTable interpreted_shapes();

}  // namespace sr
