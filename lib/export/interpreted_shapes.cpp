#include <algorithm>

#include <torch/torch.h>

#include "export/interpreted_node.h"

namespace sr {
namespace {

using Integers = std::vector<std::int64_t>;

at::Tensor concat(const InterpretedNode& node) {
  return at::cat(node.inputs(), node.integer("axis", 0));
}

/// Data, beginnings, ends, axes, steps.
at::Tensor slice(const InterpretedNode& node) {
  at::Tensor x = node.input(0);
  const Integers begins = node.numbers(1);
  const Integers ends = node.numbers(2);
  const Integers axes = node.numbers(3);
  const Integers steps = node.input(4).defined() ? node.numbers(4) : Integers(axes.size(), 1);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (steps.at(i) == -1 && begins.at(i) == -1 && ends.at(i) < -x.size(axes[i])) {
      x = x.flip(axes[i]);
    } else {
      x = x.slice(axes[i], begins.at(i), ends.at(i), steps.at(i));
    }
  }
  return x;
}

/// 0 keeps the input's dimension, -1 takes what is left.
at::Tensor reshape(const InterpretedNode& node) {
  Integers shape = node.numbers(1);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    shape[i] = shape[i] == 0 ? node.input(0).size(static_cast<std::int64_t>(i)) : shape[i];
  }
  return node.input(0).reshape(shape);
}

at::Tensor transpose(const InterpretedNode& node) {
  return node.input(0).permute(node.integers("perm", {})).contiguous();
}

at::Tensor unsqueeze(const InterpretedNode& node) {
  at::Tensor x = node.input(0);
  for (const std::int64_t axis : node.numbers(1)) {
    x = x.unsqueeze(axis);
  }
  return x;
}

at::Tensor squeeze(const InterpretedNode& node) {
  return node.input(0).squeeze(node.numbers(1));
}

at::Tensor expand(const InterpretedNode& node) {
  return node.input(0).expand(node.numbers(1)).contiguous();
}

at::Tensor shape(const InterpretedNode& node) {
  return torch::tensor(node.input(0).sizes(), at::kLong);
}

at::Tensor gather(const InterpretedNode& node) {
  const at::Tensor indices = node.input(1);
  const std::int64_t axis = node.integer("axis", 0);
  if (indices.dim() == 0) {
    return node.input(0).select(axis, indices.item<std::int64_t>());
  }
  if (indices.dim() != 1) {
    node.refuse("by a table of indices");
  }
  return node.input(0).index_select(axis, indices);
}

}  // namespace

OperationTable interpreted_shapes() {
  return {{"Concat", concat},       {"Slice", slice},     {"Reshape", reshape},
          {"Transpose", transpose}, {"Squeeze", squeeze}, {"Unsqueeze", unsqueeze},
          {"Expand", expand},       {"Shape", shape},     {"Gather", gather}};
}

}  // namespace sr
