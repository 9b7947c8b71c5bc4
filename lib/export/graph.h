#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

/// Attributes are as ONNX has them.
using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>>;

/// One operation, by its name in ONNX and with ONNX's meaning.
struct Node {
  std::string op;
  std::vector<std::string> inputs;  ///< values or initializers; "" = left out
  std::vector<std::string> outputs;
  std::map<std::string, Attribute> attributes;
};

/// An image that goes in or comes out.
struct Port {
  std::string name;
  at::ScalarType type = at::kFloat;
  /// N, C, H, W: a number, or the name of a size that is free.
  std::vector<std::variant<std::int64_t, std::string>> dimensions;
};

/// A network as operations on named values, each given once and before it is used.
///
/// The type kDouble stands for the precision that the file will have (with_precision()); what must
/// be computed in single precision is kFloat, numbers of pixels are kLong.
struct Graph {
  Port input, output;
  std::vector<Node> nodes;
  std::map<std::string, at::Tensor> initializers;
  std::map<std::string, at::ScalarType> types;  ///< of every value
  int opset = 0;                                ///< ONNX's, that the nodes are of
  std::map<std::string, std::string> metadata;
};

/// The graph with `type` (kFloat, kHalf, kBFloat16) in place of kDouble, without casts that then do
/// nothing. float16 weights are kept within its range. With kBFloat16 the ports are kFloat, because
/// most programs cannot pass bfloat16 images.
Graph with_precision(const Graph& graph, at::ScalarType type);

}  // namespace sr
