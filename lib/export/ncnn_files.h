#pragma once

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

#include "export/graph.h"

namespace sr {

/// The two files of an ncnn model: the layers as text, the weights as one stream.
struct NcnnFiles {
  std::string param;
  std::string bin;
};

/// A graph of kFloat values as ncnn has it, from blob `data` to blob `output`, with the layers
/// alone that Upscayl's program contains; most are in realesrgan-ncnn-vulkan too. The weights of
/// convolutions are of `type`, kFloat or kHalf; everything else is in single precision. Throws
/// ConfigError with the name of an operation that has no such layer.
NcnnFiles ncnn_files(const Graph& graph, at::ScalarType type);

/// The graph in such files. Throws CheckpointError, the reason alone, for what ncnn_files() does
/// not write.
Graph graph_of_ncnn(const NcnnFiles& files);

// What both know of ncnn's formats.
inline constexpr const char* kNcnnMagic = "7767517";
inline constexpr std::uint32_t kNcnnHalfTag = 0x01306B47;  ///< before float16 weights; 0 = float32

/// ncnn's numbers of its element-wise operations.
enum class NcnnBinary : int { kAdd = 0, kSub = 1, kMul = 2, kDiv = 3, kRsub = 7, kRdiv = 8 };

}  // namespace sr
