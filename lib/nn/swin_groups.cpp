#include "nn/swin_groups.h"

#include <string>

#include <torch/torch.h>

namespace sr {
namespace {

constexpr int kUpsampledFeatures = 64;

}  // namespace

SwinGroups::SwinGroups(const arch::WindowOptions& options, int scale, std::uint64_t seed,
                       const Change& change)
    : WindowNetwork(options, scale, seed) {
  add_head();
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    const auto add = [&](const std::string& name, int place, double drop_rate) {
      SwinShape shape{options.embed_dim, options.num_heads[i], options.mlp_ratio, place % 2 == 1,
                      drop_rate};
      change(i, static_cast<std::size_t>(place), shape);
      return add_swin_block(name, shape);
    };
    groups_.push_back(add_group<ResidualGroup<SwinBlock>>(i, ".residual_group.blocks.", add));
  }
  add_tail(kUpsampledFeatures);
}

at::Tensor SwinGroups::body(const at::Tensor& pixels, const Pass& pass) const {
  return through_groups(groups_, pixels, [&](const SwinBlock& block, const at::Tensor& inside) {
    return through(block, inside, pass);
  });
}

}  // namespace sr
