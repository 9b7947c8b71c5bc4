#include "nn/moesr2.h"

#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/convolved.h"
#include "nn/fold.h"
#include "nn/inception_block.h"
#include "nn/uni_upsampler.h"

namespace sr {
namespace {

using arch::MoEsr2Options;

constexpr int kCoarseBlocks = 3;
constexpr double kLeakySlope = 0.1;

class MoEsr2 final : public InceptionNetwork {
 public:
  MoEsr2(const MoEsr2Options& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return MoEsr2Options::kGrid; }

 private:
  struct Group {
    std::vector<InceptionBlock> fine;
    Layer down;
    std::vector<InceptionBlock> coarse;
    Layer up;
  };

  std::vector<InceptionBlock> add_blocks(const std::string& name, int amount, double expansion);
  Group add_group(const std::string& name);
  static at::Tensor through(const Group& group, const at::Tensor& features);

  MoEsr2Options options_;
  Layer first_;
  std::vector<Group> groups_;
  std::unique_ptr<UniUpsampler> upsampler_;
};

MoEsr2::MoEsr2(const MoEsr2Options& options, int scale, std::uint64_t seed)
    : InceptionNetwork(scale, seed), options_(options) {
  first_ = add_conv("in_to_dim", {options.dim, options.in_ch, 3, 3});
  for (int i = 0; i < options.n_blocks; ++i) {
    groups_.push_back(add_group("blocks." + std::to_string(i) + "."));
  }
  upsampler_ = std::make_unique<UniUpsampler>(
      UniUpsampler::Settings{options.upsampler, scale, options.dim, options.out_ch,
                             options.upsample_dim, /*deviation=*/0, /*version=*/1},
      generator());
  add_part("upscale.", *upsampler_);
}

std::vector<InceptionBlock> MoEsr2::add_blocks(const std::string& name, int amount,
                                               double expansion) {
  const auto hidden = static_cast<std::int64_t>(expansion * options_.dim);
  std::vector<InceptionBlock> blocks;
  for (int i = 0; i < amount; ++i) {
    blocks.push_back(add_inception_block(name + std::to_string(i) + ".", options_.dim, hidden));
  }
  return blocks;
}

MoEsr2::Group MoEsr2::add_group(const std::string& name) {
  const std::int64_t dim = options_.dim;
  Group group;
  group.fine = add_blocks(name + "blocks.", options_.n_block, options_.expansion_factor);
  group.down = add_conv(name + "msg.down.0", {dim / 4, dim, 3, 3});
  group.coarse = add_blocks(name + "msg.gated.", kCoarseBlocks, options_.expansion_msg);
  group.up = add_conv(name + "msg.up.0", {4 * dim, dim, 3, 3});
  return group;
}

at::Tensor MoEsr2::through(const Group& group, const at::Tensor& features) {
  at::Tensor fine = features;
  for (const InceptionBlock& block : group.fine) {
    fine = block(fine);
  }
  at::Tensor coarse = at::leaky_relu(
      at::pixel_unshuffle(convolved(fine, group.down), MoEsr2Options::kGrid), kLeakySlope);
  for (const InceptionBlock& block : group.coarse) {
    coarse = block(coarse);
  }
  return at::leaky_relu(at::pixel_shuffle(convolved(coarse, group.up), MoEsr2Options::kGrid),
                        kLeakySlope) +
         fine;
}

at::Tensor MoEsr2::forward(const at::Tensor& lq) const {
  const at::Tensor first = convolved(pad_to_multiple(lq, MoEsr2Options::kGrid), first_);
  at::Tensor features = first;
  for (const Group& group : groups_) {
    features = through(group, features);
  }
  return (*upsampler_)(features + first)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::MoEsr2Options& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<MoEsr2>(options, scale, seed);
}

}  // namespace sr
