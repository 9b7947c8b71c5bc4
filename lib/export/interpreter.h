#pragma once

#include <ATen/core/Tensor.h>

#include "export/graph.h"

namespace sr {

/// Computes a graph, as ONNX defines its operations, on the CPU and in the types of its values.
/// `input` [N, C, H, W] is cast to the type of the input port. Throws CheckpointError, the reason
/// alone, for an operation or an attribute that is not known, and for values that are not there.
at::Tensor interpret(const Graph& graph, const at::Tensor& input);

}  // namespace sr
