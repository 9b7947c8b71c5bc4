#include "nn/patchgan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

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

/// One PatchGAN, or several for images of halved sides, whose mean logit is the only one.
class PatchGan final : public SpectralDiscriminator {
 public:
  PatchGan(const arch::PatchGanOptions& options, std::uint64_t seed);
  PatchGan(const arch::MultiscalePatchGanOptions& options, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& images) override;
  /// Of one logit that all images share the loss is no mean over them.
  bool is_mean_over_samples() const override { return !one_logit_; }
  int smallest_input() const override;
  std::optional<std::string> continue_from(
      const std::map<std::string, std::string>& saved) override;

 private:
  using Tower = std::vector<Conv>;
  enum class Logits { kPatches, kOne };
  PatchGan(const arch::PatchGanOptions& options, Logits logits);
  void add_tower(const std::string& name, const arch::PatchGanOptions& options,
                 at::Generator& generator);
  void set_padding(int padding);
  int side_after(int side) const;
  at::Tensor patches(const at::Tensor& images, const Tower& tower) const;

  bool padding_is_auto_;
  bool one_logit_;
  int padding_ = kPadding;
  std::size_t halving_;  ///< the first convolutions, with stride 2
  std::vector<Tower> towers_;
};

at::Generator generator_of(std::uint64_t seed) {
  return at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kDiscriminatorInit));
}

PatchGan::PatchGan(const arch::PatchGanOptions& options, Logits logits)
    : SpectralDiscriminator(SpectralForm::kHook),
      padding_is_auto_(!options.padding),
      one_logit_(logits == Logits::kOne),
      halving_(static_cast<std::size_t>(options.num_layers)) {
  description_ = {{"num_in_ch", std::to_string(options.num_in_ch)},
                  {"num_feat", std::to_string(options.num_feat)},
                  {"num_layers", std::to_string(options.num_layers)}};
  set_padding(options.padding.value_or(kPadding));
}

PatchGan::PatchGan(const arch::PatchGanOptions& options, std::uint64_t seed)
    : PatchGan(options, Logits::kPatches) {
  at::Generator generator = generator_of(seed);
  add_tower("model.", options, generator);
}

PatchGan::PatchGan(const arch::MultiscalePatchGanOptions& options, std::uint64_t seed)
    : PatchGan(options, Logits::kOne) {
  at::Generator generator = generator_of(seed);
  for (int scale = 0; scale < options.num_scales; ++scale) {
    add_tower("layers." + std::to_string(scale) + ".", options, generator);
  }
  describe({{"num_scales", std::to_string(options.num_scales)}});
}

void PatchGan::add_tower(const std::string& name, const arch::PatchGanOptions& options,
                         at::Generator& generator) {
  Tower& tower = towers_.emplace_back();
  std::int64_t inputs = options.num_in_ch;
  std::int64_t outputs = options.num_feat;
  for (std::size_t i = 0; i < halving_ + 2; ++i) {
    // The peers' nn.Sequential counts the activations between the convolutions.
    const bool last = i == halving_ + 1;
    tower.push_back(add_spectral(name + std::to_string(2 * i),
                                 {last ? 1 : outputs, inputs, kKernel, kKernel}, true, generator));
    inputs = outputs;
    outputs = std::min(2 * outputs, kMostFeatures);
  }
}

void PatchGan::set_padding(int padding) {
  padding_ = padding;
  description_[kPaddingKey] = std::to_string(padding);
}

/// Of the logits of the last scale; 0 = there are none.
int PatchGan::side_after(int side) const {
  for (std::size_t scale = 1; scale < towers_.size(); ++scale) {
    side = (side + 1) / 2;
  }
  for (std::size_t i = 0; i < towers_.front().size(); ++i) {
    const int stride = i < halving_ ? 2 : 1;
    const int room = side + 2 * padding_ - static_cast<int>(kKernel);
    if (room < 0) {
      return 0;
    }
    side = room / stride + 1;
  }
  return side;
}

int PatchGan::smallest_input() const {
  int side = 1;
  while (side_after(side) < 1) {
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

at::Tensor PatchGan::patches(const at::Tensor& images, const Tower& tower) const {
  at::Tensor features = images;
  for (std::size_t i = 0; i < tower.size(); ++i) {
    features = at::conv2d(features, normalized(tower[i].weight), tower[i].bias,
                          /*stride=*/i < halving_ ? 2 : 1, padding_);
    if (i + 1 < tower.size()) {
      at::leaky_relu_(features, kLeakySlope);
    }
  }
  return features;
}

at::Tensor PatchGan::forward(const at::Tensor& images) {
  require_size(images);
  if (!one_logit_) {
    return patches(images, towers_.front());
  }
  at::Tensor smaller = images;
  std::vector<at::Tensor> logits;
  for (const Tower& tower : towers_) {
    if (!logits.empty()) {
      smaller = at::avg_pool2d(smaller, /*kernel_size=*/3, /*stride=*/2, /*padding=*/1,
                               /*ceil_mode=*/false, /*count_include_pad=*/false);
    }
    logits.push_back(patches(smaller, tower).to(at::kFloat).mean());
  }
  return at::stack(logits).mean().view({1, 1});
}

}  // namespace

std::unique_ptr<Discriminator> make_discriminator(const arch::PatchGanOptions& options,
                                                  std::uint64_t seed) {
  return std::make_unique<PatchGan>(options, seed);
}

std::unique_ptr<Discriminator> make_discriminator(const arch::MultiscalePatchGanOptions& options,
                                                  std::uint64_t seed) {
  return std::make_unique<PatchGan>(options, seed);
}

}  // namespace sr
