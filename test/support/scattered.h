#pragma once

#include <cstdint>
#include <string>

#include <torch/torch.h>

// The formula of scripts/golden/scattered.py.

namespace sr::test {

/// -1/2 to 1/2 without order; what it is differs with the name.
inline at::Tensor scattered(const std::string& name, at::IntArrayRef shape) {
  std::int64_t seed = 0;
  for (const char c : name) {
    seed = (seed * 31 + c) % 65521;
  }
  const at::Tensor index = torch::arange(c10::multiply_integers(shape), torch::kInt64);
  const at::Tensor mixed = ((index + seed) * 40503 + index.square() % 65521 * 101) % 65521;
  return (mixed.to(torch::kFloat64) / 65521 - 0.5).to(torch::kFloat32).view(shape);
}

}  // namespace sr::test
