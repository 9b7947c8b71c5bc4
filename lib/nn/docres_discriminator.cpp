#include "nn/docres_discriminator.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <string>
#include <vector>

#include "core/random.h"
#include "nn/spectral_norm.h"

namespace sr {
namespace {

constexpr double kLeakySlope = 0.2;
constexpr std::int64_t kKernel = 3;
constexpr int kLayersOfABlock = 2;  ///< a convolution and its activation, as the names count them

class DocResDiscriminator final : public SpectralDiscriminator {
 public:
  DocResDiscriminator(const arch::DocResDiscriminatorOptions& options, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& images) override;

 private:
  std::vector<Conv> convs_;  ///< without singular vectors where nothing is normalised
};

DocResDiscriminator::DocResDiscriminator(const arch::DocResDiscriminatorOptions& options,
                                         std::uint64_t seed)
    : SpectralDiscriminator(SpectralForm::kHook) {
  using Norm = arch::DocResDiscriminatorOptions::Norm;
  auto generator =
      at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kDiscriminatorInit));
  std::int64_t inputs = options.inp_channels;
  for (int i = 0; i <= options.num_blocks; ++i) {
    const std::int64_t outputs = i < options.num_blocks ? options.dim : options.out_channels;
    const std::string name = fmt::format("model.{}", kLayersOfABlock * i);
    const std::vector<std::int64_t> shape{outputs, inputs, kKernel, kKernel};
    if (options.norm_type == Norm::kSpectral) {
      convs_.push_back(add_spectral(name, shape, options.bias, generator));
    } else {
      const Layer plain = add_plain(name, shape, options.bias, generator);
      Conv& conv = convs_.emplace_back();
      conv.weight.original = plain.weight;
      conv.bias = plain.bias;
    }
    inputs = outputs;
  }
  description_ = {{"inp_channels", std::to_string(options.inp_channels)},
                  {"out_channels", std::to_string(options.out_channels)},
                  {"dim", std::to_string(options.dim)},
                  {"num_blocks", std::to_string(options.num_blocks)},
                  {"bias", options.bias ? "true" : "false"},
                  {"norm_type", options.norm_type == Norm::kSpectral ? "spectral" : "none"}};
}

at::Tensor DocResDiscriminator::forward(const at::Tensor& images) {
  require_size(images);
  at::Tensor features = images;
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    const SpectralWeight& weight = convs_[i].weight;
    features = at::conv2d(features, weight.u.defined() ? normalized(weight) : weight.original,
                          convs_[i].bias, /*stride=*/1, /*padding=*/1);
    if (i + 1 < convs_.size()) {
      // In place: a convolution does not need its own output for backward.
      at::leaky_relu_(features, kLeakySlope);
    }
  }
  return features;
}

}  // namespace

std::unique_ptr<Discriminator> make_discriminator(const arch::DocResDiscriminatorOptions& options,
                                                  std::uint64_t seed) {
  return std::make_unique<DocResDiscriminator>(options, seed);
}

}  // namespace sr
