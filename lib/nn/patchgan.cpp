#include "nn/patchgan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/spectral_norm.h"

namespace sr {
namespace {

constexpr double kLeakySlope = 0.2;
constexpr std::int64_t kKernel = 4;
constexpr int kPadding = 1;
/// Of the states that were written before it was a setting.
constexpr int kEarlierPadding = 2;
constexpr const char* kPaddingKey = "padding";
constexpr std::int64_t kMostFeatures = 512;

class PatchGan final : public SpectralDiscriminator {
 public:
  PatchGan(const arch::PatchGanOptions& options, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& images) override;
  int smallest_input() const override;
  std::optional<std::string> continue_from(
      const std::map<std::string, std::string>& saved) override;

 private:
  void set_padding(int padding);

  bool padding_is_auto_;
  int padding_ = kPadding;
  std::size_t halving_;  ///< the first convolutions, with stride 2
  std::vector<Conv> convs_;
};

PatchGan::PatchGan(const arch::PatchGanOptions& options, std::uint64_t seed)
    : SpectralDiscriminator(SpectralForm::kHook),
      padding_is_auto_(!options.padding),
      halving_(static_cast<std::size_t>(options.num_layers)) {
  auto generator =
      at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kDiscriminatorInit));
  std::int64_t inputs = options.num_in_ch;
  std::int64_t outputs = options.num_feat;
  for (std::size_t i = 0; i < halving_ + 2; ++i) {
    // The peers' nn.Sequential counts the activations between the convolutions.
    const std::string name = "model." + std::to_string(2 * i);
    const bool last = i == halving_ + 1;
    convs_.push_back(
        add_spectral(name, {last ? 1 : outputs, inputs, kKernel, kKernel}, true, generator));
    inputs = outputs;
    outputs = std::min(2 * outputs, kMostFeatures);
  }
  description_ = {{"num_in_ch", std::to_string(options.num_in_ch)},
                  {"num_feat", std::to_string(options.num_feat)},
                  {"num_layers", std::to_string(options.num_layers)}};
  set_padding(options.padding.value_or(kPadding));
}

void PatchGan::set_padding(int padding) {
  padding_ = padding;
  description_[kPaddingKey] = std::to_string(padding);
}

int PatchGan::smallest_input() const {
  const auto size_after = [this](int side) {
    for (std::size_t i = 0; i < convs_.size(); ++i) {
      const int stride = i < halving_ ? 2 : 1;
      const int room = side + 2 * padding_ - static_cast<int>(kKernel);
      if (room < 0) {
        return 0;
      }
      side = room / stride + 1;
    }
    return side;
  };
  int side = 1;
  while (size_after(side) < 1) {
    ++side;
  }
  return side;
}

std::optional<std::string> PatchGan::continue_from(
    const std::map<std::string, std::string>& saved) {
  if (!padding_is_auto_ || padding_ == kEarlierPadding || saved.contains(kPaddingKey)) {
    return std::nullopt;
  }
  set_padding(kEarlierPadding);
  return "network_d: this run was begun with padding 2, before it was a setting, and goes on with "
         "it; traiNNer-redux and new runs have 1";
}

at::Tensor PatchGan::forward(const at::Tensor& images) {
  require_size(images);
  at::Tensor features = images;
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    features = at::conv2d(features, normalized(convs_[i].weight), convs_[i].bias,
                          /*stride=*/i < halving_ ? 2 : 1, padding_);
    if (i + 1 < convs_.size()) {
      at::leaky_relu_(features, kLeakySlope);
    }
  }
  return features;
}

}  // namespace

std::unique_ptr<Discriminator> make_discriminator(const arch::PatchGanOptions& options,
                                                  std::uint64_t seed) {
  return std::make_unique<PatchGan>(options, seed);
}

}  // namespace sr
