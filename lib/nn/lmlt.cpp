#include "nn/lmlt.h"

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/block_network.h"
#include "nn/fold.h"
#include "nn/max_pool.h"
#include "nn/nearest.h"
#include "nn/normalized_conv.h"
#include "nn/window_attention.h"

namespace sr {
namespace {

constexpr int kLevels = 4;
constexpr Window kWindow{8, 8};
/// The coarsest level has whole windows.
constexpr std::int64_t kMultiple = kWindow.height << (kLevels - 1);
constexpr double kNormEpsilon = 1e-6;

class Lmlt final : public BlockNetwork {
 public:
  Lmlt(const arch::LmltOptions& options, int scale, std::uint64_t seed);

  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return static_cast<int>(kMultiple); }

 private:
  struct Level {
    Layer qkv, proj, local;
  };
  struct Block {
    Layer norm1, norm2;
    std::array<Level, kLevels> levels;  ///< the finest first
    Layer joined, widen, narrow;
  };

  Block add_block(const std::string& name, int width, int inside);
  /// Features [N, C, H, W], as those of a level are.
  static at::Tensor through(const Level& level, const at::Tensor& features);
  static at::Tensor attended(const Block& block, const at::Tensor& features);
  static at::Tensor through(const Block& block, const at::Tensor& features);

  Layer first_, last_;
  std::vector<Block> blocks_;
};

Lmlt::Lmlt(const arch::LmltOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork(
          {.features = options.dim, .depths = {options.n_blocks}, .linear = LinearStart::kDefault},
          scale, seed) {
  first_ = add_conv("to_feat", arch::kRgb, options.dim, 3);
  for (int i = 0; i < options.n_blocks; ++i) {
    blocks_.push_back(add_block(fmt::format("feats.{}", i), options.dim,
                                static_cast<int>(options.dim * options.ffn_scale)));
  }
  last_ = add_conv("to_img.0", options.dim, arch::kRgb * scale * scale, 3);
}

Lmlt::Block Lmlt::add_block(const std::string& name, int width, int inside) {
  const int quarter = width / kLevels;
  Block block;
  block.norm1 = add_norm(name + ".norm1", width);
  block.norm2 = add_norm(name + ".norm2", width);
  for (int i = 0; i < kLevels; ++i) {
    const std::string part = fmt::format("{}.lhsb.mfr.{}.", name, i);
    Level& level = block.levels[static_cast<std::size_t>(i)];
    level.qkv = add_linear(part + "qkv", quarter, 3 * quarter);
    level.proj = add_linear(part + "proj", quarter, quarter);
    level.local = add_conv(part + "get_v", {quarter, 1, 3, 3});
  }
  block.joined = add_conv(name + ".lhsb.aggr", width, width, 1);
  block.widen = add_conv(name + ".ccm.ccm.0", width, inside, 3);
  block.narrow = add_conv(name + ".ccm.ccm.2", inside, width, 1);
  return block;
}

/// The convolution of the values ends where their window does.
at::Tensor Lmlt::through(const Level& level, const at::Tensor& features) {
  const std::int64_t channels = features.size(1);
  const at::Tensor pixels = features.permute({0, 2, 3, 1});
  const at::Tensor qkv = at::linear(to_windows(pixels, kWindow), level.qkv.weight, level.qkv.bias);
  const std::vector<at::Tensor> parts = qkv.unsqueeze(1).chunk(3, 3);
  const at::Tensor values = parts[2].view({-1, kWindow.height, kWindow.width, channels});
  const at::Tensor local =
      convolved(values.permute({0, 3, 1, 2}), level.local).permute({0, 2, 3, 1});
  const double scale = 1 / std::sqrt(static_cast<double>(channels));
  const at::Tensor seen = attend(parts[0] * scale, parts[1], parts[2], {}, {}).squeeze(1) +
                          local.reshape({-1, kWindow.area(), channels});
  const at::Tensor joined = at::linear(seen, level.proj.weight, level.proj.bias);
  return from_windows(joined, kWindow, pixels.sizes()).permute({0, 3, 1, 2});
}

at::Tensor Lmlt::attended(const Block& block, const at::Tensor& features) {
  const at::Tensor pixels = normalized(features.permute({0, 2, 3, 1}), block.norm1, kNormEpsilon);
  const at::Tensor normal = pixels.permute({0, 3, 1, 2});
  const std::vector<at::Tensor> quarters = normal.chunk(kLevels, 1);
  std::vector<at::Tensor> found;  // the coarsest first
  at::Tensor coarser;
  for (int i = kLevels - 1; i >= 0; --i) {
    const std::size_t at = static_cast<std::size_t>(i);
    const std::int64_t factor = std::int64_t{1} << i;
    at::Tensor level = i > 0 ? largest_of_windows(quarters[at], factor, factor) : quarters[at];
    if (coarser.defined()) {
      level = level + enlarge_nearest(coarser, 2);
    }
    coarser = through(block.levels[at], level);
    found.push_back(i > 0 ? enlarge_nearest(coarser, factor) : coarser);
  }
  return at::gelu(convolved(at::cat(found, 1), block.joined)) * normal;
}

at::Tensor Lmlt::through(const Block& block, const at::Tensor& features) {
  const at::Tensor middle = attended(block, features) + features;
  const at::Tensor inside = at::gelu(normalized_conv3x3(middle, block.norm2, block.widen));
  return convolved(inside, block.narrow) + middle;
}

at::Tensor Lmlt::forward(const at::Tensor& lq) const {
  const at::Tensor first = convolved(pad_to_multiple(lq, kMultiple), first_);
  at::Tensor features = first;
  for (const Block& block : blocks_) {
    features = through(block, features);
  }
  features = (features + first).narrow(2, 0, lq.size(2)).narrow(3, 0, lq.size(3));
  return at::pixel_shuffle(convolved(features, last_), scale_).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::LmltOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Lmlt>(options, scale, seed);
}

}  // namespace sr
