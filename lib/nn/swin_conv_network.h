#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nn/block_network.h"
#include "nn/fold.h"
#include "nn/noisy_network.h"
#include "nn/window_attention.h"

namespace sr {

/// What SCUNet and TSCUNet have in common (Zhang et al., 2023): U-Nets of four sizes, each half of
/// the one before, whose blocks send one half of their features through two 3x3 convolutions and
/// the other through attention in windows of 8 pixels, which every second block shifts by 4; 1x1
/// convolutions stand in front of the halves and behind them, with a skip around all. Training adds
/// noise to what a block gives, which has no gradient.
class SwinConvNetwork : public BlockNetwork, public NoisyNetwork {
 public:
  bool adds_noise() const final { return settings_.noise > 0; }
  at::Tensor forward(const at::Tensor& lq) const final { return run(lq, {}, kRoom); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const final {
    return run(lq, {{kept}, {}, {}, 0}, 0);
  }
  at::Tensor noisy_forward(const at::Tensor& lq, const at::Tensor& kept,
                           const at::Tensor& keys) const final {
    return run(lq, {{kept}, keys, {}, 0}, 0);
  }
  int size_multiple() const final { return kMultiple; }

 protected:
  static constexpr int kMultiple = 64;  ///< windows of the coarsest of the sizes
  static constexpr int kRoom = 64;      ///< pixels that images get around them outside training
  static constexpr std::size_t kSizes = 4;

  struct Settings {
    int dim = 64;
    std::vector<int> config;  ///< blocks of the seven stages of a U-Net
    double drop_path_rate = 0;
    int resolution = 256;
    double noise = 0;
    bool computed_twice = false;
  };
  /// What the blocks of one way through a U-Net share.
  struct Pass : BlockNetwork::Pass {
    at::Tensor keys;                       ///< as in noisy_forward(), or undefined
    std::array<at::Tensor, kSizes> masks;  ///< of shifted windows, from the finest size on
    std::size_t use = 0;                   ///< which of the ways it is
  };
  struct Block {
    Layer norm1, norm2, qkv, proj, widen, narrow;
    at::Tensor positions;  ///< [heads, 15, 15]
    Layer split, join, near1, near2;
    std::size_t size = 0;  ///< 0 is the finest
    bool shifted = false;
    std::size_t branch = 0;    ///< of the first use's attention; its perceptron's is the next
    std::uint64_t stream = 0;  ///< of the first use's noise
    Parameters parameters;
  };
  /// Twice the size: nearest neighbours and two 3x3 convolutions, or one transposed convolution.
  struct Doubling {
    Layer first, second;
  };
  struct UNet {
    std::array<std::vector<Block>, kSizes> down;  ///< the last are those of the coarsest size
    std::array<Layer, kSizes - 1> halving;
    std::array<Doubling, kSizes - 1> doubling;  ///< to the size of the same index
    std::array<std::vector<Block>, kSizes - 1> up;
  };
  enum class Way { kNearest, kTransposed };

  SwinConvNetwork(Settings settings, int scale, std::uint64_t seed);

  /// Registers its layers. `uses`: how often a pass of the network goes through it.
  UNet add_unet(const std::string& prefix, Way way, std::size_t uses);
  Layer add_plain_conv(const std::string& name, int inputs, int outputs);
  /// Dense blocks, doublings to `scale` and a convolution with LeakyReLU.
  void add_enlarger(const std::string& prefix);

  /// `features` [N, dim, H, W], whose sides are multiples of kMultiple.
  at::Tensor through(const UNet& unet, const at::Tensor& features, const Pass& pass) const;
  at::Tensor enlarged(const at::Tensor& features) const;
  static at::Tensor leaky(const at::Tensor& features);
  /// Sides grown to multiples of kMultiple and by `room` by reflection, half on each side.
  static SurroundedImages surrounded(const at::Tensor& images, int room);
  /// `room`: pixels that images get around them beyond the next multiple.
  virtual at::Tensor run(const at::Tensor& lq, Pass pass, int room) const = 0;
  /// Those that a pass with images of this size needs.
  void set_masks(Pass& pass, const at::Tensor& images) const;

 private:
  using DenseBlock = std::array<Layer, 5>;

  Block add_block(const std::string& prefix, std::size_t size, bool shifted, double drop_rate,
                  std::size_t uses);
  std::vector<Block> add_blocks(const std::string& prefix, int first, int count, std::size_t size,
                                std::size_t uses);
  Doubling add_doubling(const std::string& prefix, int inputs, Way way);

  at::Tensor attended(const Block& block, const at::Tensor& pixels, const Pass& pass) const;
  at::Tensor through(const Block& block, const at::Tensor& features, const Pass& pass) const;
  at::Tensor computed_block(const Block& block, const at::Tensor& features, const Pass& pass) const;
  static at::Tensor through(const Doubling& doubling, const at::Tensor& features);

  Settings settings_;
  at::Tensor window_positions_;  ///< a constant
  std::uint64_t streams_ = 0;
  int blocks_ = 0;  ///< of the U-Net that is being added
  std::vector<std::array<DenseBlock, 3>> dense_;
  std::vector<Layer> steps_;  ///< the last is that behind all doublings
};

}  // namespace sr
