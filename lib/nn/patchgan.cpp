#include "nn/patchgan.h"

#include <algorithm>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/spectral_norm.h"

namespace sr {
namespace {

constexpr double kLeakySlope = 0.2;
constexpr std::int64_t kKernel = 4;
constexpr std::int64_t kPadding = 2;
constexpr std::int64_t kMostFeatures = 512;

class PatchGan final : public SpectralDiscriminator {
 public:
  PatchGan(const DiscriminatorConfig& config, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& images) override;

 private:
  std::size_t halving_;  ///< the first convolutions, with stride 2
  std::vector<Conv> convs_;
};

PatchGan::PatchGan(const DiscriminatorConfig& config, std::uint64_t seed)
    : SpectralDiscriminator(SpectralForm::kHook),
      halving_(static_cast<std::size_t>(config.num_layers)) {
  auto generator =
      at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kDiscriminatorInit));
  std::int64_t inputs = config.num_in_ch;
  std::int64_t outputs = config.num_feat;
  for (std::size_t i = 0; i < halving_ + 2; ++i) {
    // The peers' nn.Sequential counts the activations between the convolutions.
    const std::string name = "model." + std::to_string(2 * i);
    const bool last = i == halving_ + 1;
    convs_.push_back(
        add_spectral(name, {last ? 1 : outputs, inputs, kKernel, kKernel}, true, generator));
    inputs = outputs;
    outputs = std::min(2 * outputs, kMostFeatures);
  }
  description_ = {{"architecture", config.type},
                  {"num_in_ch", std::to_string(config.num_in_ch)},
                  {"num_feat", std::to_string(config.num_feat)},
                  {"num_layers", std::to_string(config.num_layers)}};
}

at::Tensor PatchGan::forward(const at::Tensor& images) {
  require_size(images);
  at::Tensor features = images;
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    features = at::conv2d(features, normalized(convs_[i].weight), convs_[i].bias,
                          /*stride=*/i < halving_ ? 2 : 1, kPadding);
    if (i + 1 < convs_.size()) {
      at::leaky_relu_(features, kLeakySlope);
    }
  }
  return features;
}

}  // namespace

std::unique_ptr<Discriminator> make_patchgan(const DiscriminatorConfig& config,
                                             std::uint64_t seed) {
  return std::make_unique<PatchGan>(config, seed);
}

}  // namespace sr
