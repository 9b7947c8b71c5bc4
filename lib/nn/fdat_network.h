#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arch/fdat.h"
#include "nn/block_network.h"
#include "nn/uni_upsampler.h"
#include "nn/window_attention.h"

namespace sr {

/// What FDAT and TFDAT have in common: groups of blocks (nn/fdat.h), a convolution with a skip
/// around all of them, and UniUpsampleV3. A constructor adds its first layers, which make the
/// features, and calls add_groups(): the order of the names.
class FdatNetwork : public BlockNetwork {
 protected:
  static constexpr double kDeviation = 0.02;  ///< of the weights that networks begin with

  FdatNetwork(const arch::FdatBody& options, int scale, std::uint64_t seed);

  /// A layer with small weights, without bias and with a bias of 0.
  Layer add_weight(const std::string& name, at::IntArrayRef shape);
  Layer add_begun_small(const std::string& name, at::IntArrayRef shape);
  /// `factor`: how many pixels of a side the upsampler makes of one.
  void add_groups(int factor);
  /// The large image of the first features.
  at::Tensor enlarged(const at::Tensor& first, const Pass& pass) const;

  int window_side() const { return static_cast<int>(window_.height); }

 private:
  struct TwoKinds {
    arch::FdatBlock kind = arch::FdatBlock::kSpatial;
    Layer norm1, norm2;
    at::Tensor bias;         ///< of spatial attention, [heads, area, area]
    at::Tensor temperature;  ///< of channel attention, [heads, 1, 1]
    Layer qkv, proj, depthwise;
    Layer pixel_gate;       ///< of channel blocks; files of spatial ones hold it, too
    Layer squeeze, excite;  ///< of spatial blocks; files of channel ones hold them, too
    Layer widen, narrow, mix;
    std::size_t branch = 0;  ///< of the first half; the second's is the next
    Parameters parameters;
  };
  struct Group {
    std::vector<TwoKinds> blocks;
    Layer last;
  };

  void add_attention(const std::string& name, TwoKinds& block);
  TwoKinds add_block(const std::string& name, arch::FdatBlock kind, double drop_rate);

  at::Tensor of_windows(const TwoKinds& block, const at::Tensor& pixels) const;
  at::Tensor of_features(const TwoKinds& block, const at::Tensor& pixels) const;
  at::Tensor attended(const TwoKinds& block, const at::Tensor& pixels) const;
  static at::Tensor near(const at::Tensor& pixels, const Layer& depthwise);
  static at::Tensor perceptron(const TwoKinds& block, const at::Tensor& pixels);
  at::Tensor through_block(const TwoKinds& block, const at::Tensor& pixels, const Pass& pass) const;

  arch::FdatBody body_;
  Window window_;
  std::vector<Group> groups_;
  Layer after_;
  std::unique_ptr<UniUpsampler> upsampler_;
};

}  // namespace sr
