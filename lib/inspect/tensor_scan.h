#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/tensor_file.h"

namespace sr {

/// What is wrong with the numbers of a weight file.
struct TensorScan {
  std::int64_t elements = 0;   ///< floating-point ones
  std::int64_t quantized = 0;  ///< whole numbers in tensors that are called weight or bias
  std::int64_t nans = 0;
  std::int64_t infinities = 0;
  std::int64_t channels = 0;         ///< outputs of all convolutions and linear layers
  std::int64_t dead_channels = 0;    ///< of them, those whose weights are all zero
  std::vector<std::string> damaged;  ///< names of tensors with NaN or Inf, in the file's order
};

/// Looks at every floating-point number. A channel is a row of a tensor of 2 to 5 dimensions that
/// is called "...weight"; one that is all zero gives the same value whatever the image is.
TensorScan scan_tensors(const std::vector<StoredTensor>& tensors);

/// "fp32", "fp16", "bf16", "fp64", of the floating-point tensors; several as "fp16 and fp32".
std::string dtype_text(const std::vector<StoredTensor>& tensors);

}  // namespace sr
