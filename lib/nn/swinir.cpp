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
  at::Tensor body(const at::Tensor& pixels, const Pass& pass) const override;

  std::vector<ResidualGroup<SwinBlock>> groups_;
};

SwinIr::SwinIr(const arch::SwinIrOptions& options, int scale, std::uint64_t seed)
    : WindowNetwork(options, scale, seed) {
  add_head();
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    const auto add = [&](const std::string& name, int index, double drop_rate) {
      return add_swin_block(name, {options.embed_dim, options.num_heads[i], options.mlp_ratio,
                                   index % 2 == 1, drop_rate});
    };
    groups_.push_back(add_group<ResidualGroup<SwinBlock>>(i, ".residual_group.blocks.", add));
  }
  add_tail(kUpsampledFeatures);
}

at::Tensor SwinIr::body(const at::Tensor& pixels, const Pass& pass) const {
  return through_groups(groups_, pixels, [&](const SwinBlock& block, const at::Tensor& inside) {
    return through(block, inside, pass);
  });
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::SwinIrOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<SwinIr>(options, scale, seed);
}

}  // namespace sr
