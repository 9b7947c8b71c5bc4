#pragma once

// What holds of every network with BatchNorm.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <torch/torch.h>

#include "golden.h"
#include "nn/network.h"
#include "support/catch.h"

namespace sr::test {

inline std::vector<at::Tensor> copies_of(const NamedTensors& tensors) {
  std::vector<at::Tensor> copies;
  for (const NamedTensor& named : tensors) {
    copies.push_back(named.tensor.detach().clone());
  }
  return copies;
}

inline bool all_equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!torch::equal(a[i], b.at(i))) {
      return false;
    }
  }
  return a.size() == b.size();
}

/// Two steps count twice and leave the same statistics, whether `make` is asked for blocks that are
/// computed twice or not. `counter`: which buffer is a num_batches_tracked.
inline void check_statistics_once_a_step(
    const std::function<std::unique_ptr<Network>(bool twice)>& make, std::size_t counter) {
  const auto statistics_after_steps = [&](bool twice) {
    const auto network = make(twice);
    for (int i = 0; i < 2; ++i) {
      network->training_forward(wave_images({2, 3, 8, 8}), {}).sum().backward();
    }
    return copies_of(network->buffers());
  };
  const std::vector<at::Tensor> once = statistics_after_steps(false);
  CHECK(once.at(counter).item<std::int64_t>() == 2);
  CHECK(all_equal(once, statistics_after_steps(true)));
}

/// forward() sees each sample alone, by running statistics; in training a sample's output depends
/// on the others.
inline void check_forward_leaves_statistics(const Network& network) {
  const at::Tensor lq = torch::rand({2, 3, 8, 8});
  network.training_forward(lq, {});
  const std::vector<at::Tensor> before = copies_of(network.buffers());
  const at::NoGradGuard no_grad;
  const at::Tensor both = network.forward(lq);
  CHECK(torch::allclose(network.forward(lq.narrow(0, 0, 1)), both.narrow(0, 0, 1), 1e-4, 1e-4));
  CHECK(all_equal(copies_of(network.buffers()), before));
  CHECK_FALSE(torch::allclose(network.training_forward(lq, {}), both, 1e-3, 1e-3));
}

}  // namespace sr::test
