#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "nn/module.h"
#include "nn/position_bias.h"
#include "nn/window_attention.h"

namespace sr {

/// Attention of half of the features in oblong windows and of half in the same turned by a quarter,
/// as DAT, RGT and CRAFT have it. Pixels are [N, H, W, C].
class SplitWindows final : public Module {
 public:
  struct Settings {
    int features = 0;            ///< of both halves
    std::array<int, 2> sides{};  ///< of the first half's windows, rows first
    double qk_scale = 0;         ///< 0: 1 / sqrt(features of a head)
    LinearStart start = LinearStart::kTruncatedNormal;
  };
  /// What a block has of its own.
  struct Attention {
    std::vector<PositionBias> bias;  ///< of both shapes of windows
    std::int64_t heads = 1;          ///< of both halves together
    bool shifted = false;
  };
  using Masks = std::array<at::Tensor, 2>;

  explicit SplitWindows(const Settings& settings);

  /// Its biases are registered by its block: nothing here has a name.
  Attention make_attention(int heads, bool shifted, at::Generator& generator) const;
  /// Of shifted windows in images of this size, grown to multiples of the longer side.
  Masks masks_for(std::int64_t height, std::int64_t width, at::Device device) const;
  /// Queries, keys and values [N, H, W, 3 C] to [N, H, W, C], in windows of the image padded with
  /// zeros. Without masks shifted windows see what the image's other end brought there.
  at::Tensor operator()(const Attention& attention, const at::Tensor& qkv,
                        const Masks& masks) const;

  std::int64_t longer_side() const { return longer_side_; }
  /// What weight files hold of a shape of windows: offsets of pixels [relative positions, 2] and
  /// their rows, on the CPU.
  const at::Tensor& file_offsets(std::size_t shape) const { return windows_[shape].file_offsets; }
  const at::Tensor& file_positions(std::size_t shape) const {
    return windows_[shape].file_positions;
  }
  Window window(std::size_t shape) const { return windows_[shape].window; }

 private:
  /// Windows of one shape, seen by half of the features.
  struct Windows {
    Window window;
    at::Tensor offsets, positions;  ///< constants
    at::Tensor file_offsets, file_positions;
  };

  at::Tensor in_windows(const Attention& attention, const at::Tensor& qkv, std::size_t shape,
                        const at::Tensor& mask) const;

  Settings settings_;
  std::int64_t longer_side_;
  std::array<Windows, 2> windows_;
};

}  // namespace sr
