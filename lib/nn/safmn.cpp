#include "nn/safmn.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <vector>

#include <torch/torch.h>

#include "nn/conv_network.h"
#include "nn/convolved.h"
#include "nn/pixel_norm.h"

namespace sr {
namespace {

constexpr std::int64_t kLevels = arch::SafmnOptions::kLevels;

/// The largest features of windows of `side` pixels; where it does not divide the image so many
/// windows as whole ones fit into it, at least one.
at::Tensor largest_of_windows(const at::Tensor& features, std::int64_t side) {
  const std::int64_t height = features.size(2);
  const std::int64_t width = features.size(3);
  if (height % side == 0 && width % side == 0) {
    return at::max_pool2d(features, side, /*stride=*/side);
  }
  const std::array<std::int64_t, 2> sizes{std::max<std::int64_t>(height / side, 1),
                                          std::max<std::int64_t>(width / side, 1)};
  return std::get<0>(at::adaptive_max_pool2d(features, sizes));
}

class Safmn final : public ConvNetwork {
 public:
  Safmn(const arch::SafmnOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  struct Block {
    Layer modulation_norm, mixer_norm;
    std::array<Layer, kLevels> levels;
    Layer joined;
    Layer widen, narrow;
  };

  Block add_block(const std::string& name, const arch::SafmnOptions& options);
  static at::Tensor modulated(const Block& block, const at::Tensor& features);

  Layer first_;
  std::vector<Block> blocks_;
  Layer last_;
};

Safmn::Safmn(const arch::SafmnOptions& options, int scale, std::uint64_t seed)
    : ConvNetwork(scale, seed) {
  const std::int64_t dim = options.dim;
  first_ = add_conv("to_feat", {dim, arch::kRgb, 3, 3});
  for (int i = 0; i < options.n_blocks; ++i) {
    blocks_.push_back(add_block("feats." + std::to_string(i) + ".", options));
  }
  last_ = add_conv("to_img.0", {std::int64_t{arch::kRgb} * scale * scale, dim, 3, 3});
}

Safmn::Block Safmn::add_block(const std::string& name, const arch::SafmnOptions& options) {
  const std::int64_t dim = options.dim;
  Block block;
  block.modulation_norm = add_norm(name + "norm1", dim);
  block.mixer_norm = add_norm(name + "norm2", dim);
  for (std::size_t i = 0; i < kLevels; ++i) {
    block.levels[i] = add_conv(name + "safm.mfr." + std::to_string(i), {dim / kLevels, 1, 3, 3});
  }
  block.joined = add_conv(name + "safm.aggr", {dim, dim, 1, 1});
  block.widen = add_conv(name + "ccm.ccm.0", {options.hidden(), dim, 3, 3});
  block.narrow = add_conv(name + "ccm.ccm.2", {dim, options.hidden(), 1, 1});
  return block;
}

at::Tensor Safmn::modulated(const Block& block, const at::Tensor& features) {
  const std::int64_t part = features.size(1) / kLevels;
  std::vector<at::Tensor> levels;
  for (std::size_t i = 0; i < kLevels; ++i) {
    const at::Tensor fine = features.narrow(1, static_cast<std::int64_t>(i) * part, part);
    if (i == 0) {
      levels.push_back(convolved(fine, block.levels[i]));
    } else {
      const at::Tensor coarse =
          convolved(largest_of_windows(fine, std::int64_t{1} << i), block.levels[i]);
      levels.push_back(at::upsample_nearest2d(coarse, {features.size(2), features.size(3)}));
    }
  }
  return at::gelu(convolved(at::cat(levels, 1), block.joined)) * features;
}

at::Tensor Safmn::forward(const at::Tensor& lq) const {
  const at::Tensor first = convolved(lq, first_);
  at::Tensor features = first;
  for (const Block& block : blocks_) {
    features = modulated(block, layer_norm_of_pixels(features, block.modulation_norm)) + features;
    const at::Tensor inside =
        at::gelu(convolved(layer_norm_of_pixels(features, block.mixer_norm), block.widen));
    features = convolved(inside, block.narrow) + features;
  }
  return at::pixel_shuffle(convolved(features + first, last_), scale_).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::SafmnOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Safmn>(options, scale, seed);
}

}  // namespace sr
