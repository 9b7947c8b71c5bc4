#include "nn/unet_discriminator.h"

#include <torch/torch.h>

#include "core/random.h"
#include "nn/bilinear.h"
#include "nn/spectral_norm.h"

namespace sr {
namespace {

constexpr double kLeakySlope = 0.2;

class UnetDiscriminator final : public SpectralDiscriminator {
 public:
  UnetDiscriminator(const arch::UnetDiscriminatorOptions& options, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& images) override;
  int smallest_input() const override { return 8; }

 private:
  at::Tensor upwards(const at::Tensor& features, const at::Tensor& skip, const Conv& conv) const;

  bool skip_connection_;
  Layer first_, last_;
  std::array<Conv, 3> down_;
  std::array<Conv, 3> up_;
  std::array<Conv, 2> end_;
};

UnetDiscriminator::UnetDiscriminator(const arch::UnetDiscriminatorOptions& options,
                                     std::uint64_t seed)
    : SpectralDiscriminator(SpectralForm::kHook), skip_connection_(options.skip_connection) {
  auto generator =
      at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kDiscriminatorInit));
  const std::int64_t f = options.num_feat;
  const auto spectral = [&](int number, std::int64_t inputs, std::int64_t outputs, int kernel) {
    return add_spectral("conv" + std::to_string(number), {outputs, inputs, kernel, kernel}, false,
                        generator);
  };
  first_ = add_plain("conv0", {f, options.num_in_ch, 3, 3}, true, generator);
  down_ = {spectral(1, f, 2 * f, 4), spectral(2, 2 * f, 4 * f, 4), spectral(3, 4 * f, 8 * f, 4)};
  up_ = {spectral(4, 8 * f, 4 * f, 3), spectral(5, 4 * f, 2 * f, 3), spectral(6, 2 * f, f, 3)};
  end_ = {spectral(7, f, f, 3), spectral(8, f, f, 3)};
  last_ = add_plain("conv9", {1, f, 3, 3}, true, generator);
  description_ = {{"num_in_ch", std::to_string(options.num_in_ch)},
                  {"num_feat", std::to_string(options.num_feat)},
                  {"skip_connection", skip_connection_ ? "true" : "false"}};
}

/// In place: a convolution does not need its own output for backward.
at::Tensor leaky(at::Tensor features) {
  return at::leaky_relu_(features, kLeakySlope);
}

at::Tensor UnetDiscriminator::upwards(const at::Tensor& features, const at::Tensor& skip,
                                      const Conv& conv) const {
  const at::Tensor larger = resize_bilinear(features, skip.size(2), skip.size(3));
  const at::Tensor active = leaky(at::conv2d(larger, normalized(conv.weight), {}, 1, 1));
  return skip_connection_ ? active + skip : active;
}

at::Tensor UnetDiscriminator::forward(const at::Tensor& images) {
  require_size(images);
  const at::Tensor x0 = leaky(at::conv2d(images, first_.weight, first_.bias, 1, 1));
  const at::Tensor x1 = leaky(at::conv2d(x0, normalized(down_[0].weight), {}, 2, 1));
  const at::Tensor x2 = leaky(at::conv2d(x1, normalized(down_[1].weight), {}, 2, 1));
  const at::Tensor x3 = leaky(at::conv2d(x2, normalized(down_[2].weight), {}, 2, 1));
  at::Tensor features = upwards(x3, x2, up_[0]);
  features = upwards(features, x1, up_[1]);
  features = upwards(features, x0, up_[2]);
  for (const Conv& conv : end_) {
    features = leaky(at::conv2d(features, normalized(conv.weight), {}, 1, 1));
  }
  return at::conv2d(features, last_.weight, last_.bias, 1, 1);
}

}  // namespace

std::unique_ptr<Discriminator> make_discriminator(const arch::UnetDiscriminatorOptions& options,
                                                  std::uint64_t seed) {
  return std::make_unique<UnetDiscriminator>(options, seed);
}

}  // namespace sr
