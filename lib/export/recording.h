#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

namespace sr {

/// A tensor that a pass saw.
struct RecordedValue {
  std::vector<std::int64_t> sizes;
  at::ScalarType type = at::kFloat;
  /// Itself, when it does not follow from the pass's input: a weight, or made of weights.
  at::Tensor constant;
  bool follows_input = false;
  /// Memory that it shares with another tensor was written through that one: what it holds is no
  /// longer what this value says.
  bool overwritten = false;
};

/// An argument: tensors by their values' numbers (-1 for an undefined one), anything else as it is.
struct RecordedArgument {
  std::vector<int> values;
  bool is_list = false;
  c10::IValue other;
};

/// One call of an operator by the pass itself, not from inside another operator.
struct RecordedCall {
  std::string name;      ///< "conv2d"; of what works in place also without the underscore
  std::string overload;  ///< "Tensor"
  std::vector<RecordedArgument> arguments;
  std::vector<int> outputs;
};

/// What a pass did, in order. A tensor that an operator changes in place becomes another value.
struct Recording {
  std::vector<RecordedValue> values;
  std::vector<RecordedCall> calls;
  int input = -1;
  int output = -1;
};

/// Records pass(input) by the observers that LibTorch's profiler uses. Not for passes that write
/// tensors by other means than operators (PlainOperators).
Recording record(const std::function<at::Tensor(const at::Tensor&)>& pass, const at::Tensor& input);

}  // namespace sr
