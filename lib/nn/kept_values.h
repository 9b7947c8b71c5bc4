#pragma once

#include <utility>
#include <vector>

#include "nn/module.h"

namespace sr {

/// The values that tensors had when it was made.
class KeptValues {
 public:
  explicit KeptValues(const NamedTensors& tensors);
  void restore() const;

 private:
  std::vector<std::pair<at::Tensor, at::Tensor>> kept_;  ///< tensors and copies of them
};

}  // namespace sr
