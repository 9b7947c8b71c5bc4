#include "nn/plksr.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/convolved.h"
#include "nn/initialization.h"
#include "nn/large_kernel_conv.h"
#include "nn/pixel_shuffle.h"

namespace sr {
namespace {

using Mixer = arch::PlksrOptions::Mixer;
using Kernel = arch::PlksrOptions::Kernel;

constexpr double kDeviation = 0.02;

class Plksr final : public Network {
 public:
  Plksr(const arch::PlksrOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  /// One convolution of the large kernel's sum.
  struct Part {
    Layer layer;
    std::int64_t dilation = 1;
  };
  struct Block {
    Layer widen, narrow;
    std::vector<Part> large;
    Layer attention;  ///< undefined without
    Layer refine;
  };

  Layer add_drawn(const std::string& name, at::IntArrayRef shape);
  Block add_block(const std::string& name, const arch::PlksrOptions& options);
  std::vector<Part> add_large(const std::string& name, const arch::PlksrOptions& options);
  at::Tensor large_kernel(const at::Tensor& features, const Block& block) const;
  at::Tensor through_block(const at::Tensor& features, const Block& block) const;

  bool adds_identity_;
  at::Generator generator_;
  Layer first_, last_;
  std::vector<Block> blocks_;
};

/// Sides of the mixer's two kernels.
std::pair<std::int64_t, std::int64_t> mixer_sides(Mixer mixer) {
  return {mixer == Mixer::kIccm ? 1 : 3, mixer == Mixer::kCcm ? 1 : 3};
}

Plksr::Plksr(const arch::PlksrOptions& options, int scale, std::uint64_t seed)
    : Network(scale),
      adds_identity_(options.with_idt && options.lk_type != Kernel::kRectSparsePlk),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  first_ = add_drawn("feats.0", {options.dim, arch::kRgb, 3, 3});
  for (int i = 1; i <= options.n_blocks; ++i) {
    blocks_.push_back(add_block("feats." + std::to_string(i) + ".", options));
  }
  last_ = add_drawn("feats." + std::to_string(options.n_blocks + 1),
                    {std::int64_t{arch::kRgb} * scale * scale, options.dim, 3, 3});
}

Layer Plksr::add_drawn(const std::string& name, at::IntArrayRef shape) {
  return add_layer(name, truncated_normal_layer(shape, kDeviation, generator_));
}

Plksr::Block Plksr::add_block(const std::string& name, const arch::PlksrOptions& options) {
  const std::int64_t dim = options.dim;
  const auto [wide, narrow] = mixer_sides(options.ccm_type);
  Block block;
  block.widen = add_layer(name + "channe_mixer.0",
                          default_layer({2 * dim, dim, wide, wide}, true, generator_));
  block.narrow = add_drawn(name + "channe_mixer.2", {dim, 2 * dim, narrow, narrow});
  block.large = add_large(name + "lk.", options);
  if (options.use_ea) {
    block.attention = add_drawn(name + "attn.f.0", {dim, dim, 3, 3});
  }
  block.refine = add_drawn(name + "refine", {dim, dim, 1, 1});
  return block;
}

std::vector<Plksr::Part> Plksr::add_large(const std::string& name,
                                          const arch::PlksrOptions& options) {
  const auto channels = static_cast<std::int64_t>(options.dim * options.split_ratio);
  const std::int64_t side = options.kernel_size;
  const auto part = [&](const std::string& own, std::int64_t height, std::int64_t width,
                        std::int64_t dilation = 1) {
    return Part{add_drawn(name + own, {channels, channels, height, width}), dilation};
  };
  switch (options.lk_type) {
    case Kernel::kPlk:
      return {part("conv", side, side)};
    case Kernel::kRectSparsePlk: {
      const std::int64_t third = side / 3;
      return {part("mn_conv", side, third), part("nm_conv", third, side),
              part("nn_conv", third, third)};
    }
    case Kernel::kSparsePlk:
      break;
  }
  std::vector<Part> parts;
  std::int64_t whole = side;
  for (std::size_t i = 0; i < options.sparse_kernels.size(); ++i) {
    const std::int64_t own = options.sparse_kernels[i];
    const std::int64_t dilation = options.sparse_dilations[i];
    parts.push_back(part("convs." + std::to_string(i), own, own, dilation));
    whole = std::max(whole, (own - 1) * dilation + 1);
  }
  if (options.use_max_kernel) {
    parts.push_back(part("convs." + std::to_string(parts.size()), whole, whole));
  }
  return parts;
}

at::Tensor Plksr::large_kernel(const at::Tensor& features, const Block& block) const {
  constexpr std::int64_t kLarge = 9;  // from this side on own passes pay
  at::Tensor sum = adds_identity_ ? features : at::Tensor();
  for (const Part& part : block.large) {
    const at::Tensor& weight = part.layer.weight;
    const bool is_large = part.dilation == 1 && std::max(weight.size(2), weight.size(3)) >= kLarge;
    const at::Tensor output = is_large ? large_kernel_conv(features, part.layer)
                                       : convolved(features, part.layer, part.dilation);
    sum = sum.defined() ? sum + output : output;
  }
  return sum;
}

at::Tensor Plksr::through_block(const at::Tensor& features, const Block& block) const {
  at::Tensor inside = convolved(at::gelu(convolved(features, block.widen)), block.narrow);
  const std::int64_t large = block.large.front().layer.weight.size(0);
  inside = at::cat({large_kernel(inside.narrow(1, 0, large), block),
                    inside.narrow(1, large, inside.size(1) - large)},
                   1);
  if (block.attention.weight.defined()) {
    inside = inside * convolved(inside, block.attention).sigmoid_();
  }
  return convolved(inside, block.refine).add_(features);
}

at::Tensor Plksr::forward(const at::Tensor& lq) const {
  at::Tensor features = convolved(lq, first_);
  for (const Block& block : blocks_) {
    features = through_block(features, block);
  }
  return pixel_shuffle_add(convolved(features, last_), lq, scale_);
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::PlksrOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Plksr>(options, scale, seed);
}

}  // namespace sr
