#pragma once

#include <string>
#include <vector>

#include "nn/module.h"

namespace sr {

/// The values that tensors had when it was made.
class KeptValues {
 public:
  explicit KeptValues(const NamedTensors& tensors);
  void restore() const;
  /// Of the first tensor that has other bytes or another shape now, "" when there is none.
  std::string changed() const;
  /// Of the first one that has another shape or type; then restore() cannot bring it back.
  std::string reshaped() const;

 private:
  struct Kept {
    std::string name;
    at::Tensor tensor, values;
  };
  std::vector<Kept> kept_;
};

}  // namespace sr
