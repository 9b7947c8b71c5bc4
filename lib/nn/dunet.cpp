#include "nn/dunet.h"

#include <torch/torch.h>

#include "core/random.h"
#include "nn/dysample.h"
#include "nn/spectral_norm.h"

namespace sr {
namespace {

constexpr double kOffsetDeviation = 0.02;

class Dunet final : public SpectralDiscriminator {
 public:
  Dunet(const arch::DunetOptions& options, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& images) override;
  /// PyTorch has none of DySample's grid_sample.
  bool has_second_derivative() override { return false; }

 private:
  struct Up {
    DySample sample;
    Conv conv;
  };
  Up add_up(const std::string& name, std::int64_t channels, at::Generator& generator);
  at::Tensor upwards(const at::Tensor& features, const at::Tensor& skip, const Up& up) const;

  Layer first_, last_;
  std::array<Conv, 3> down_;
  std::array<Up, 3> up_;
  std::array<Conv, 2> end_;
};

Dunet::Dunet(const arch::DunetOptions& options, std::uint64_t seed)
    : SpectralDiscriminator(SpectralForm::kParametrization) {
  auto generator =
      at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kDiscriminatorInit));
  const std::int64_t f = options.num_feat;
  first_ = add_plain("in_to_dim", {f, options.num_in_ch, 3, 3}, true, generator);
  for (std::size_t i = 0; i < down_.size(); ++i) {
    const std::int64_t inputs = f << i;
    down_[i] = add_spectral("e_x" + std::to_string(i + 1) + ".0", {2 * inputs, inputs, 3, 3}, true,
                            generator);
  }
  for (std::size_t i = 0; i < up_.size(); ++i) {
    up_[i] = add_up("up" + std::to_string(i + 1), f << (up_.size() - i), generator);
  }
  end_ = {add_spectral("end_conv.0", {f, f, 3, 3}, false, generator),
          add_spectral("end_conv.2", {f, f, 3, 3}, false, generator)};
  last_ = add_plain("end_conv.4", {1, f, 3, 3}, true, generator);
  description_ = {{"num_in_ch", std::to_string(options.num_in_ch)},
                  {"num_feat", std::to_string(options.num_feat)}};
}

Dunet::Up Dunet::add_up(const std::string& name, std::int64_t channels, at::Generator& generator) {
  Up up;
  up.sample.offset =
      add_plain(name + ".0.offset", {up.sample.offsets(), channels, 1, 1}, true, generator);
  {
    const at::NoGradGuard no_grad;
    up.sample.offset.weight.normal_(0, kOffsetDeviation, generator);
  }
  up.sample.scope =
      add_parameter(name + ".0.scope.weight", torch::zeros({up.sample.offsets(), channels, 1, 1}));
  up.sample.init_pos =
      add_buffer(name + ".0.init_pos", dysample_positions(up.sample.scale, up.sample.groups));
  up.conv = add_spectral(name + ".1", {channels / 2, channels, 3, 3}, true, generator);
  return up;
}

at::Tensor Dunet::upwards(const at::Tensor& features, const at::Tensor& skip, const Up& up) const {
  const at::Tensor larger = dysample(features, up.sample);
  const at::Tensor output =
      at::conv2d(larger, normalized(up.conv.weight), up.conv.bias, /*stride=*/1, /*padding=*/1);
  return output.narrow(2, 0, skip.size(2)).narrow(3, 0, skip.size(3)) + skip;
}

at::Tensor Dunet::forward(const at::Tensor& images) {
  require_size(images);
  const at::Tensor x0 = at::conv2d(images, first_.weight, first_.bias, 1, 1);
  const auto downwards = [](const at::Tensor& features, const Conv& conv) {
    return at::mish(at::conv2d(features, normalized(conv.weight), conv.bias, 2, 1));
  };
  const at::Tensor x1 = downwards(x0, down_[0]);
  const at::Tensor x2 = downwards(x1, down_[1]);
  at::Tensor features = downwards(x2, down_[2]);
  features = upwards(features, x2, up_[0]);
  features = upwards(features, x1, up_[1]);
  features = upwards(features, x0, up_[2]);
  for (const Conv& conv : end_) {
    features = at::mish(at::conv2d(features, normalized(conv.weight), {}, 1, 1));
  }
  return at::conv2d(features, last_.weight, last_.bias, 1, 1);
}

}  // namespace

std::unique_ptr<Discriminator> make_discriminator(const arch::DunetOptions& options,
                                                  std::uint64_t seed) {
  return std::make_unique<Dunet>(options, seed);
}

}  // namespace sr
