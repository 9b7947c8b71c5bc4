#include "loss/distributions.h"

#include <tuple>

#include <torch/torch.h>

namespace sr {
namespace {

constexpr std::int64_t kPatch = 5;
constexpr double kSmall = 1e-14;  ///< added to sums, which are 0 where a ReLU lets nothing through

at::Tensor sums_along_pixels(const at::Tensor& maps) {
  const at::Tensor sums = maps.sum({2, 3}, /*keepdim=*/true) + kSmall;
  return (maps / sums).flatten(2).cumsum(-1);
}

}  // namespace

at::Tensor projected_distance(const at::Tensor& x, const at::Tensor& y) {
  return (sums_along_pixels(x) - sums_along_pixels(y)).abs().sum(-1).mean();
}

FourierDistance::FourierDistance(const Settings& settings, std::int64_t channels,
                                 std::uint64_t index)
    : settings_(settings) {
  at::Generator random = at::detail::createCPUGenerator(index);
  // In float64, whose normal numbers are the same whatever instructions a processor has.
  const at::Tensor drawn =
      at::randn({settings.projections, channels, kPatch, kPatch}, random, at::kDouble);
  const at::Tensor norms = drawn.flatten(1).norm(2, {1}).view({-1, 1, 1, 1});
  projections_ = (drawn / norms).to(at::kFloat);
}

at::Tensor FourierDistance::operator()(const at::Tensor& x, const at::Tensor& y) const {
  const auto spectrum = [](const at::Tensor& maps) {
    return at::fft_fftn(maps, c10::nullopt, at::IntArrayRef({-2, -1}));
  };
  const at::Tensor of_x = spectrum(x), of_y = spectrum(y);
  return distance(of_x.abs(), of_y.abs()) +
         settings_.phase_weight * distance(of_x.angle(), of_y.angle());
}

void FourierDistance::to(at::Device device, bool channels_last) {
  projections_ = projections_.to(device).contiguous(channels_last ? at::MemoryFormat::ChannelsLast
                                                                  : at::MemoryFormat::Contiguous);
}

at::Tensor FourierDistance::distance(const at::Tensor& x, const at::Tensor& y) const {
  const auto sorted = [&](const at::Tensor& maps) {
    const at::Tensor projected =
        at::conv2d(maps, projections_.to(maps.scalar_type()), {}, settings_.stride);
    return std::get<0>(projected.flatten(2).sort(-1));
  };
  return (sorted(x) - sorted(y)).abs().mean();
}

}  // namespace sr
