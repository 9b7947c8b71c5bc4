#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "checkpoint/tensor_file.h"
#include "nn/network.h"

namespace sr {

struct WeightFile {
  std::filesystem::path file;
  std::optional<at::ScalarType> type;  ///< nothing: as the network has them
  bool is_pth = false;                 ///< else safetensors
};

/// Writes a network's parameters, buffers and what follows from them for other programs, and
/// returns the size in bytes; a .pth has them as `params_ema`. The temporary file is not read back:
/// the formats' writers check what they are given. float16 weights are kept within its range.
std::uint64_t write_weights(const Network& network, const Metadata& metadata,
                            const WeightFile& file);

}  // namespace sr
