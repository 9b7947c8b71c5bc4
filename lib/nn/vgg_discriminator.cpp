#include "nn/vgg_discriminator.h"

#include <algorithm>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/batch_norm.h"
#include "nn/initialization.h"

namespace sr {
namespace {

constexpr double kLeakySlope = 0.2;
constexpr std::int64_t kLastSide = 4;  ///< of the features that the linear layers see
constexpr std::int64_t kLinearFeatures = 100;

class VggDiscriminator final : public Discriminator {
 public:
  VggDiscriminator(const arch::VggDiscriminatorOptions& options, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& images) override;
  std::optional<int> input_size() const override { return input_size_; }
  bool is_mean_over_samples() const override { return false; }

 private:
  struct Step {
    Layer conv;
    std::unique_ptr<BatchNorm> norm;  ///< null in the first
    int stride = 1;
  };
  Layer add_layer(const std::string& name, const Layer& drawn);
  std::unique_ptr<BatchNorm> add_norm(const std::string& name, std::int64_t channels);

  int input_size_;
  std::vector<Step> steps_;
  Layer linear1_, linear2_;
};

VggDiscriminator::VggDiscriminator(const arch::VggDiscriminatorOptions& options, std::uint64_t seed)
    : input_size_(options.input_size) {
  auto generator =
      at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kDiscriminatorInit));
  const std::int64_t most = 8 * std::int64_t{options.num_feat};
  std::int64_t inputs = options.num_in_ch;
  const int stages = input_size_ == 128 ? 5 : 6;
  for (int stage = 0; stage < stages; ++stage) {
    const std::int64_t outputs = std::min(std::int64_t{options.num_feat} << stage, most);
    const std::string number = std::to_string(stage);
    const bool first = stage == 0;
    Step same{{}, nullptr, 1};
    same.conv = add_layer("conv" + number + "_0",
                          default_layer({outputs, inputs, 3, 3}, /*with_bias=*/first, generator));
    if (!first) {
      same.norm = add_norm("bn" + number + "_0", outputs);
    }
    steps_.push_back(std::move(same));
    Step half{{}, nullptr, 2};
    half.conv = add_layer("conv" + number + "_1",
                          default_layer({outputs, outputs, 4, 4}, false, generator));
    half.norm = add_norm("bn" + number + "_1", outputs);
    steps_.push_back(std::move(half));
    inputs = outputs;
  }
  linear1_ = add_layer(
      "linear1", default_layer({kLinearFeatures, most * kLastSide * kLastSide}, true, generator));
  linear2_ = add_layer("linear2", default_layer({1, kLinearFeatures}, true, generator));
  description_ = {{"num_in_ch", std::to_string(options.num_in_ch)},
                  {"num_feat", std::to_string(options.num_feat)},
                  {"input_size", std::to_string(input_size_)}};
}

Layer VggDiscriminator::add_layer(const std::string& name, const Layer& drawn) {
  Layer layer;
  layer.weight = add_parameter(name + ".weight", drawn.weight);
  if (drawn.bias.defined()) {
    layer.bias = add_parameter(name + ".bias", drawn.bias);
  }
  return layer;
}

std::unique_ptr<BatchNorm> VggDiscriminator::add_norm(const std::string& name,
                                                      std::int64_t channels) {
  auto norm = std::make_unique<BatchNorm>(channels);
  add_part(name + ".", *norm);
  return norm;
}

at::Tensor VggDiscriminator::forward(const at::Tensor& images) {
  require_size(images);
  at::Tensor features = images;
  for (const Step& step : steps_) {
    features = at::conv2d(features, step.conv.weight, step.conv.bias, step.stride, 1);
    if (step.norm) {
      features = (*step.norm)(features, Statistics::kBatch);
    }
    // In place: neither a convolution nor a batch norm needs its own output for backward.
    at::leaky_relu_(features, kLeakySlope);
  }
  // The linear layer's weights count the features in the order of N, C, H, W.
  features = at::linear(features.contiguous().flatten(1), linear1_.weight, linear1_.bias);
  return at::linear(at::leaky_relu_(features, kLeakySlope), linear2_.weight, linear2_.bias);
}

}  // namespace

std::unique_ptr<Discriminator> make_discriminator(const arch::VggDiscriminatorOptions& options,
                                                  std::uint64_t seed) {
  return std::make_unique<VggDiscriminator>(options, seed);
}

}  // namespace sr
