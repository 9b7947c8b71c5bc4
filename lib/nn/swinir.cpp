#include "nn/swinir.h"

#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/window_network.h"

namespace sr {
namespace {

constexpr int kUpsampledFeatures = 64;

class SwinIr final : public WindowNetwork {
 public:
  SwinIr(const arch::SwinIrOptions& options, int scale, std::uint64_t seed);

 private:
  struct Group {
    std::vector<SwinBlock> blocks;
    Connection connection;
  };

  at::Tensor body(const at::Tensor& pixels, const Pass& pass) const override;

  std::vector<Group> groups_;
};

SwinIr::SwinIr(const arch::SwinIrOptions& options, int scale, std::uint64_t seed)
    : WindowNetwork(options, scale, seed) {
  add_head();
  int index = 0;
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    const std::string name = "layers." + std::to_string(i);
    Group group;
    for (int k = 0; k < options.depths[i]; ++k, ++index) {
      group.blocks.push_back(add_swin_block(name + ".residual_group.blocks." + std::to_string(k),
                                            {options.embed_dim, options.num_heads[i],
                                             options.mlp_ratio, k % 2 == 1, drop_rate_of(index)}));
    }
    group.connection = add_connection(name + ".conv");
    groups_.push_back(std::move(group));
  }
  add_tail(kUpsampledFeatures);
}

at::Tensor SwinIr::body(const at::Tensor& pixels, const Pass& pass) const {
  at::Tensor features = pixels;
  for (const Group& group : groups_) {
    at::Tensor inside = features;
    for (const SwinBlock& block : group.blocks) {
      inside = through(block, inside, pass);
    }
    features = through(group.connection, inside) + features;
  }
  return features;
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::SwinIrOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<SwinIr>(options, scale, seed);
}

}  // namespace sr
