#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <torch/torch.h>

#include "loss/color_space.h"
#include "loss/gaussian.h"
#include "loss/loss.h"
#include "recipe/flip_loss.h"

namespace sr {
namespace {

// Constants and names of the paper.
constexpr double kQc = 0.7, kQf = 0.5, kPc = 0.4, kPt = 0.95;
constexpr double kSmall = 1e-4;         ///< keeps roots and powers away from 0
constexpr double kEdgeDegrees = 0.082;  ///< two standard deviations of the detectors of edges
constexpr double kWidest = 0.04;        ///< the largest b below, which sets the radius of all

constexpr std::array<ChannelWeights, 3> kRgbToXyz{{
    {10135552.0 / 24577794, 8788810.0 / 24577794, 4435075.0 / 24577794},
    {2613072.0 / 12288897, 8788810.0 / 12288897, 887015.0 / 12288897},
    {1425312.0 / 73733382, 8788810.0 / 73733382, 70074185.0 / 73733382},
}};
constexpr std::array<ChannelWeights, 3> kXyzToRgb{{
    {3.241003275, -1.537398934, -0.498615861},
    {-0.969224334, 1.875930071, 0.041554224},
    {0.055639423, -0.204011202, 1.057148933},
}};
constexpr ChannelWeights kWhite{0.950428545, 1, 1.088900371};
constexpr ChannelWeights kInverseWhite{1.052156925, 1, 0.918357670};

at::Tensor channel(const at::Tensor& images, std::int64_t c) {
  return images.narrow(1, c, 1);
}

/// X, Y and Z of linear RGB, each divided by that of white.
std::array<at::Tensor, 3> relative_xyz(const at::Tensor& rgb) {
  std::array<at::Tensor, 3> xyz;
  for (std::size_t i = 0; i < xyz.size(); ++i) {
    xyz[i] = weighted_channels(rgb, kRgbToXyz[i]) * kInverseWhite[i];
  }
  return xyz;
}

/// Lightness and two differences, as CIELAB makes them of (roots of) X, Y and Z.
std::array<at::Tensor, 3> opponents(const std::array<at::Tensor, 3>& xyz) {
  return {116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])};
}

/// CIELAB of linear RGB, its chroma scaled by the lightness (Hunt's effect).
std::array<at::Tensor, 3> hunt_lab(const at::Tensor& rgb) {
  constexpr double kDelta = 6.0 / 29;
  std::array<at::Tensor, 3> roots = relative_xyz(rgb);
  for (at::Tensor& x : roots) {
    constexpr double kCube = kDelta * kDelta * kDelta;
    x = at::where(x.gt(kCube), x.clamp_min(kCube).pow(1.0 / 3),
                  x / (3 * kDelta * kDelta) + 4.0 / 29);
  }
  const auto [l, a, b] = opponents(roots);
  return {l, 0.01 * l * a, 0.01 * l * b};
}

/// |lightness| + distance of a and b.
at::Tensor hyab(const std::array<at::Tensor, 3>& x, const std::array<at::Tensor, 3>& y) {
  return (x[0] - y[0]).abs() + ((x[1] - y[1]).square() + (x[2] - y[2]).square() + kSmall).sqrt();
}

/// The power of the largest distance, which is that of green and blue.
double largest_color_error() {
  const auto color = [](double g, double b) {
    return hunt_lab(at::tensor({0.0, g, b}, at::kDouble).view({1, 3, 1, 1}));
  };
  return std::pow(hyab(color(1, 0), color(0, 1)).item<double>(), kQc);
}

/// exp(-pi^2 x^2 / b), x in degrees: the sensitivity to contrast in space. `sum` is that of all
/// samples in two dimensions, before they are scaled to sum 1.
struct Sensitivity {
  Sensitivity(double b, std::int64_t radius, double pixels_per_degree) {
    const at::Tensor x =
        (at::arange(2 * radius + 1, at::kDouble) - static_cast<double>(radius)) / pixels_per_degree;
    const at::Tensor g = (x.square() * (-std::numbers::pi * std::numbers::pi / b)).exp();
    const double line = g.sum().item<double>();
    sum = line * line;
    window = g / line;
  }
  at::Tensor window;
  double sum = 0;
};

class FlipLoss final : public Loss {
 public:
  explicit FlipLoss(const recipe::FlipOptions& options) : largest_(largest_color_error()) {
    make_sensitivities(options.pixels_per_degree);
    make_detectors(options.pixels_per_degree);
  }

  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor x = opponent_image(images.output);
    const at::Tensor y = opponent_image(images.gt);
    const at::Tensor color = color_error(x, y);
    const at::Tensor feature = feature_error(channel(x, 0), channel(y, 0));
    return color.pow(1 - feature).mean();
  }

  void to(at::Device device, bool /*channels_last*/) override {
    for (at::Tensor* window : {&achromatic_, &red_green_, &blue_yellow_[0], &blue_yellow_[1],
                               &edge_, &point_, &around_}) {
      *window = window->to(device);
    }
  }

 private:
  void make_sensitivities(double pixels_per_degree) {
    using std::numbers::pi;
    color_radius_ = static_cast<std::int64_t>(
        std::ceil(3 * std::sqrt(kWidest / (2 * pi * pi)) * pixels_per_degree));
    const auto of = [&](double b) { return Sensitivity(b, color_radius_, pixels_per_degree); };
    achromatic_ = of(0.0047).window;
    red_green_ = of(0.0053).window;
    constexpr std::array<double, 2> kFactor{34.1, 13.5}, kB{0.04, 0.025};
    double sum = 0;
    for (std::size_t i = 0; i < kB.size(); ++i) {
      const Sensitivity one = of(kB[i]);
      blue_yellow_[i] = one.window;
      share_[i] = kFactor[i] * std::sqrt(pi / kB[i]) * one.sum;
      sum += share_[i];
    }
    for (double& share : share_) {
      share /= sum;
    }
  }

  /// A Gaussian's first and second derivative along a line, positive and negative parts of sum 1.
  void make_detectors(double pixels_per_degree) {
    const double deviation = 0.5 * kEdgeDegrees * pixels_per_degree;
    const auto radius = static_cast<std::int64_t>(std::ceil(3 * deviation));
    around_ = gaussian_window(2 * radius + 1, deviation);
    const at::Tensor x = at::arange(2 * radius + 1, at::kDouble) - static_cast<double>(radius);
    const auto balanced = [](const at::Tensor& values) {
      const at::Tensor above = values.clamp_min(0), below = values.clamp_max(0);
      return above / above.sum() - below / below.sum();
    };
    edge_ = balanced(-x * around_);
    point_ = balanced((x.square() / (deviation * deviation) - 1) * around_);
    feature_radius_ = radius;
  }

  static at::Tensor opponent_image(const at::Tensor& images) {
    const auto [l, a, b] = opponents(relative_xyz(linear_rgb(images.clamp(0, 1))));
    return at::cat({l, a, b}, 1);
  }

  /// Linear RGB of what the eye resolves of an opponent image.
  at::Tensor seen(const at::Tensor& image) const {
    const std::int64_t r = color_radius_;
    const at::Tensor padded = at::replication_pad2d(image, {r, r, r, r});
    const auto filtered = [&](std::int64_t c, const at::Tensor& window) {
      return convolve_separable(channel(padded, c), window, 0);
    };
    const at::Tensor y = (filtered(0, achromatic_) + 16) / 116;
    const at::Tensor x = y + filtered(1, red_green_) / 500;
    const at::Tensor z =
        y -
        (share_[0] * filtered(2, blue_yellow_[0]) + share_[1] * filtered(2, blue_yellow_[1])) / 200;
    const at::Tensor xyz = at::cat({x * kWhite[0], y * kWhite[1], z * kWhite[2]}, 1);
    std::array<at::Tensor, 3> rgb;
    for (std::size_t i = 0; i < rgb.size(); ++i) {
      rgb[i] = weighted_channels(xyz, kXyzToRgb[i]);
    }
    return at::cat(rgb, 1).clamp(0, 1);
  }

  /// 0 to 1.
  at::Tensor color_error(const at::Tensor& x, const at::Tensor& y) const {
    const at::Tensor power = hyab(hunt_lab(seen(x)), hunt_lab(seen(y))).pow(kQc);
    const double knee = kPc * largest_;
    return at::where(power.lt(knee), power * (kPt / knee),
                     kPt + (power - knee) * ((1 - kPt) / (largest_ - knee)));
  }

  /// How strongly `along` answers in x and y: [N, 1, H, W].
  at::Tensor strength(const at::Tensor& padded, const at::Tensor& along) const {
    const at::Tensor both = at::cat(
        {convolve_separable(padded, along, around_), convolve_separable(padded, around_, along)},
        1);
    return at::linalg_vector_norm(both, 2, at::IntArrayRef({1}), /*keepdim=*/true);
  }

  at::Tensor feature_error(const at::Tensor& x, const at::Tensor& y) const {
    const std::int64_t r = feature_radius_;
    const auto padded = [&](const at::Tensor& lightness) {
      return at::replication_pad2d((lightness + 16) / 116, {r, r, r, r});
    };
    const at::Tensor of_x = padded(x), of_y = padded(y);
    const auto difference = [&](const at::Tensor& along) {
      return (strength(of_x, along) - strength(of_y, along)).abs();
    };
    const at::Tensor larger = at::maximum(difference(edge_), difference(point_));
    return (larger.clamp_min(kSmall) / std::numbers::sqrt2).pow(kQf);
  }

  double largest_;  ///< of color errors, before they are mapped to 0 ... 1
  std::int64_t color_radius_ = 0;
  std::int64_t feature_radius_ = 0;
  at::Tensor achromatic_, red_green_;
  std::array<at::Tensor, 2> blue_yellow_;  ///< two Gaussians, by their shares
  std::array<double, 2> share_{};
  at::Tensor edge_, point_, around_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const FlipOptions& options) {
  return std::make_unique<FlipLoss>(options);
}

}  // namespace sr
