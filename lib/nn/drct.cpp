#include "nn/drct.h"

#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/window_network.h"

namespace sr {
namespace {

constexpr int kBlocks = arch::DrctOptions::kBlocks;
constexpr int kMiddleFeatures = 64;
constexpr double kLeakySlope = 0.2;
constexpr double kGroupScale = 0.2;

class Drct final : public WindowNetwork {
 public:
  Drct(const arch::DrctOptions& options, int scale, std::uint64_t seed);

 private:
  struct Stage {
    SwinBlock block;
    Layer adjust;  ///< a 1x1 convolution to what is added
  };
  using Group = std::vector<Stage>;

  Group add_group(const std::string& name, const arch::DrctOptions& options, int heads,
                  double drop_rate);
  at::Tensor body(const at::Tensor& pixels, const Pass& pass) const override;
  at::Tensor through_group(const Group& group, const at::Tensor& pixels, const Pass& pass) const;

  std::vector<Group> groups_;
};

Drct::Drct(const arch::DrctOptions& options, int scale, std::uint64_t seed)
    : WindowNetwork(options, scale, seed) {
  add_head();
  int index = 0;
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    groups_.push_back(add_group("layers." + std::to_string(i), options, options.num_heads[i],
                                drop_rate_of(index)));
    index += options.depths[i];
  }
  add_tail(kMiddleFeatures);
}

Drct::Group Drct::add_group(const std::string& name, const arch::DrctOptions& options, int heads,
                            double drop_rate) {
  Group group;
  for (int k = 0; k < kBlocks; ++k) {
    SwinShape shape;
    shape.features = options.features_of(k);
    shape.heads = options.heads_of(k, heads);
    shape.mlp_ratio = k < 3 ? options.mlp_ratio : 1;
    shape.shifted = k % 2 == 1;
    shape.drop_rate = drop_rate;
    Stage stage;
    const std::string number = std::to_string(k + 1);
    stage.block = add_swin_block(name + ".swin" + number, shape);
    stage.adjust = add_conv(name + ".adjust" + number, shape.features,
                            k + 1 < kBlocks ? options.gc : options.embed_dim, 1);
    group.push_back(std::move(stage));
  }
  return group;
}

at::Tensor Drct::through_group(const Group& group, const at::Tensor& pixels,
                               const Pass& pass) const {
  std::vector<at::Tensor> seen{pixels};
  for (std::size_t k = 0; k < group.size(); ++k) {
    const at::Tensor input = k == 0 ? pixels : at::cat(seen, 3);
    const Layer& adjust = group[k].adjust;
    at::Tensor added = at::conv2d(through(group[k].block, input, pass).permute({0, 3, 1, 2}),
                                  adjust.weight, adjust.bias);
    if (k + 1 < group.size()) {
      added = at::leaky_relu_(added, kLeakySlope);
    }
    seen.push_back(added.permute({0, 2, 3, 1}));
  }
  return seen.back() * kGroupScale + pixels;
}

at::Tensor Drct::body(const at::Tensor& pixels, const Pass& pass) const {
  at::Tensor features = pixels;
  for (const Group& group : groups_) {
    features = through_group(group, features, pass);
  }
  return features;
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::DrctOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Drct>(options, scale, seed);
}

}  // namespace sr
