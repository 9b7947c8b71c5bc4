#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "arch/split_window.h"
#include "nn/block_network.h"
#include "nn/split_windows.h"
#include "nn/window_tail.h"

namespace sr {

/// What DAT and RGT share (BlockNetwork's pixels [N, H, W, C]): a convolution and a LayerNorm in
/// front, attention of half of the features in oblong windows and of half in the same turned by a
/// quarter, a perceptron half of which gates the others, and a WindowTail.
///
/// A constructor calls add_head(), adds its groups, and calls add_tail(): the order of the names.
class SplitWindowNetwork : public BlockNetwork {
 public:
  int size_multiple() const final { return static_cast<int>(windows_.longer_side() * frame_.fold); }

 protected:
  struct Frame {
    std::int64_t fold = 1;  ///< of the input, before the first convolution
    int mask_side = 64;     ///< of the images that masks in files are for
    arch::WindowUpsampler upsampler = arch::WindowUpsampler::kPixelShuffle;
    LinearStart linear = LinearStart::kTruncatedNormal;
  };
  /// fc1, a depthwise convolution that gates half of it, fc2.
  struct FeedForward {
    Layer first, norm, depthwise, second;
  };
  struct Pass : BlockNetwork::Pass {
    SplitWindows::Masks masks;
  };

  /// Options for which impossible() finds nothing.
  SplitWindowNetwork(const arch::SplitWindowOptions& options, const Frame& frame, int scale,
                     std::uint64_t seed);

  void add_head();
  void add_tail();
  /// Of a group's blocks 2, 6, 10, ... windows are shifted, of those of odd groups 0, 4, 8, ...
  static bool is_shifted(int group, int index) { return index % 4 == (group % 2 == 0 ? 2 : 0); }
  SplitWindows::Attention add_windows(const std::string& name, int heads, bool shifted);
  FeedForward add_feed_forward(const std::string& name, int inside);

  /// The masks of what the first convolution makes of images of this size.
  SplitWindows::Masks masks_for(const at::Tensor& images) const;
  const SplitWindows& windows() const { return windows_; }
  using BlockNetwork::through;
  static at::Tensor through(const FeedForward& part, const at::Tensor& pixels);
  /// The whole network around its groups. `images`: lq, which may have grown at the right and at
  /// the bottom to multiples of the fold.
  using Body = std::function<at::Tensor(const at::Tensor& pixels)>;
  at::Tensor framed(const at::Tensor& lq, const at::Tensor& images, const Body& groups) const;

  static at::Tensor features_of(const at::Tensor& pixels) { return pixels.permute({0, 3, 1, 2}); }
  static at::Tensor pixels_of(const at::Tensor& features) { return features.permute({0, 2, 3, 1}); }
  std::int64_t features() const { return features_; }

 private:
  arch::SplitWindowOptions options_;
  Frame frame_;
  std::int64_t features_;
  SplitWindows windows_;
  std::array<at::Tensor, 2> file_masks_;  ///< of shifted windows in files, for mask_side
  Layer first_, first_norm_, norm_;
  Connection after_body_;
  std::unique_ptr<WindowTail> tail_;
};

}  // namespace sr
