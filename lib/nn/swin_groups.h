#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "nn/window_network.h"

namespace sr {

/// SwinIR's body: groups of blocks, every second of which is shifted by half a window, with
/// convolutions and a skip at the end of each group.
class SwinGroups : public WindowNetwork {
 public:
  SwinGroups(const arch::WindowOptions& options, int scale, std::uint64_t seed)
      : SwinGroups(options, scale, seed, [](std::size_t, std::size_t, SwinShape&) {}) {}

 protected:
  /// Changes what SwinIR's block at this place of a group would be.
  using Change = std::function<void(std::size_t group, std::size_t place, SwinShape& shape)>;
  SwinGroups(const arch::WindowOptions& options, int scale, std::uint64_t seed,
             const Change& change);

 private:
  at::Tensor body(const at::Tensor& pixels, const Pass& pass) const override;

  std::vector<ResidualGroup<SwinBlock>> groups_;
};

}  // namespace sr
