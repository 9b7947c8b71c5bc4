#include "export/interpreted_node.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include "checkpoint/safetensors_header.h"
#include "core/error.h"

namespace sr {

void InterpretedNode::refuse(std::string_view reason) const {
  throw CheckpointError(fmt::format("holds an operation that is not known here: {} {}",
                                    quote_name(node_.op), reason));
}

template <typename T>
T InterpretedNode::attribute(const std::string& name, const T& otherwise) const {
  const auto found = node_.attributes.find(name);
  if (found == node_.attributes.end()) {
    return otherwise;
  }
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) {
    refuse("with " + name + " of another kind");
  }
  return *value;
}

std::int64_t InterpretedNode::integer(const std::string& name, std::int64_t otherwise) const {
  return attribute(name, otherwise);
}

double InterpretedNode::real(const std::string& name, double otherwise) const {
  return attribute(name, otherwise);
}

std::string InterpretedNode::text(const std::string& name, const std::string& otherwise) const {
  return attribute(name, otherwise);
}

std::vector<std::int64_t> InterpretedNode::integers(
    const std::string& name, const std::vector<std::int64_t>& otherwise) const {
  return attribute(name, otherwise);
}

std::vector<std::int64_t> InterpretedNode::numbers(std::size_t i) const {
  const at::Tensor values = input(i).to(at::kLong).contiguous();
  const auto* first = values.const_data_ptr<std::int64_t>();
  return {first, first + values.numel()};
}

const std::map<std::string_view, Operation>& interpreted_operations() {
  static const std::map<std::string_view, Operation> kAll = [] {
    std::map<std::string_view, Operation> all;
    for (const OperationTable& table :
         {interpreted_arithmetic(), interpreted_layers(), interpreted_shapes()}) {
      all.insert(table.begin(), table.end());
    }
    return all;
  }();
  return kAll;
}

}  // namespace sr
