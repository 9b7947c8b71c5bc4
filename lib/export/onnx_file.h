#pragma once

#include <string>
#include <string_view>

#include "export/graph.h"

namespace sr {

/// The bytes of an .onnx file (ModelProto, IR version 8 up to opset 18, 9 up to 20, then 10) of a
/// graph without kDouble. Initializers are raw bytes, little-endian.
std::string onnx_bytes(const Graph& graph);

/// The graph in such bytes. Throws CheckpointError, the reason alone, for what onnx_bytes() does
/// not write.
Graph graph_of_onnx(std::string_view bytes);

}  // namespace sr
