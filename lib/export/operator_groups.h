#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "export/operator_call.h"

// The parts of the table behind operators().

namespace sr {

using OperatorTable = std::vector<std::pair<std::string_view, OperatorFunction>>;

/// A reduction over axes.
struct Reduction {
  std::string op;  ///< "ReduceMean"
  std::string input;
  std::vector<std::int64_t> axes;
  bool keeps_axes = false;
};
std::string reduced(Lowering& graph, const Reduction& reduction, at::ScalarType type);

OperatorTable arithmetic_operators();  ///< of each element alone, and sums over axes
OperatorTable layer_operators();       ///< convolutions, norms, attention, sampling
OperatorTable shape_operators();       ///< what moves elements
OperatorTable slice_operators();       ///< what takes parts

}  // namespace sr
