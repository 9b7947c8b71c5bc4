#include "loss/color_space.h"

#include <numbers>

#include <torch/torch.h>

#include "loss/penalty.h"

namespace sr {
namespace {

constexpr double kLabEpsilon = 216.0 / 24389;
constexpr double kLabKappa = 24389.0 / 27;

// Constants of the HSLuv reference implementation.
constexpr double kHsluvEpsilon = 0.0088564516;
constexpr double kHsluvKappa = 903.2962962;
constexpr double kWhiteU = 0.19783000664283;
constexpr double kWhiteV = 0.46831999493879;
/// Chroma of grays that float32 rounding reaches is below this, that of colours of 8 bits above.
constexpr double kGrayChroma = 0.028972067;
constexpr std::array<ChannelWeights, 3> kRgbToXyz{{
    {0.41239079926595, 0.35758433938387, 0.18048078840183},
    {0.21263900587151, 0.71516867876775, 0.072192315360733},
    {0.019330818715591, 0.11919477979462, 0.95053215224966},
}};
constexpr std::array<std::array<double, 3>, 3> kXyzToRgb{{
    {3.240969941904521, -1.537383177570093, -0.498610760293},
    {-0.96924363628087, 1.87596750150772, 0.041555057407175},
    {0.055630079696993, -0.20397695888897, 1.056971514242878},
}};

/// 116 y^(1/3) - 16, continued by a line where y is small.
at::Tensor l_star(const at::Tensor& y, double epsilon, double kappa) {
  return at::where(y.gt(epsilon), 116 * y.clamp_min(epsilon).pow(1.0 / 3) - 16, y * kappa);
}

/// Where the ray of hue (cosine, sine) leaves the sRGB gamut at this lightness: the nearest of the
/// six lines, two for each channel, that bound the gamut in the plane of u and v.
at::Tensor largest_chroma(const at::Tensor& l, const at::Tensor& cosine, const at::Tensor& sine) {
  const at::Tensor cube = (l + 16).pow(3) / 1560896;
  const at::Tensor sub = at::where(cube.gt(kHsluvEpsilon), cube, l / kHsluvKappa);
  at::Tensor nearest;
  for (const auto& [m1, m2, m3] : kXyzToRgb) {
    for (const int t : {0, 1}) {
      // The line is v = (slope_top u + intercept_top) / bottom; bottom may be 0.
      const at::Tensor slope_top = (284517 * m1 - 94839 * m3) * sub;
      const at::Tensor intercept_top =
          ((838422 * m3 + 769860 * m2 + 731718 * m1) * sub - 769860 * t) * l;
      const at::Tensor bottom = (632260 * m3 - 126452 * m2) * sub + 126452 * t;
      const at::Tensor across = bottom * sine - slope_top * cosine;
      const at::Tensor parallel = across.abs().lt(1e-12);
      at::Tensor length = intercept_top / across.masked_fill(parallel, 1);
      length = length.masked_fill(parallel.logical_or(length.lt(0)), 1e9);
      nearest = nearest.defined() ? at::minimum(nearest, length) : length;
    }
  }
  return nearest.clamp_min(1e-12);
}

}  // namespace

at::Tensor weighted_channels(const at::Tensor& images, const ChannelWeights& weights) {
  return images.narrow(1, 0, 1) * weights[0] + images.narrow(1, 1, 1) * weights[1] +
         images.narrow(1, 2, 1) * weights[2];
}

at::Tensor linear_rgb(const at::Tensor& images) {
  return at::where(images.le(0.04045), images / 12.92,
                   ((images.clamp_min(0) + 0.055) / 1.055).pow(2.4));
}

at::Tensor lightness(const at::Tensor& images) {
  const at::Tensor y = weighted_channels(linear_rgb(images), {0.2126, 0.7152, 0.0722});
  return l_star(y, kLabEpsilon, kLabKappa) / 100;
}

at::Tensor oklab_chroma(const at::Tensor& images) {
  const at::Tensor rgb = linear_rgb(images);
  const auto root = [&](const ChannelWeights& weights) {
    return weighted_channels(rgb, weights).pow(1.0 / 3);
  };
  const at::Tensor lms = at::cat({root({0.4122214708, 0.5363325363, 0.0514459929}),
                                  root({0.2119034982, 0.6806995451, 0.1073969566}),
                                  root({0.0883024619, 0.2817188376, 0.6299787005})},
                                 1);
  return at::cat({weighted_channels(lms, {1.9779984951, -2.4285922050, 0.4505937099}),
                  weighted_channels(lms, {0.0259040371, 0.7827717662, -0.8086757660})},
                 1);
}

Hsluv hsluv(const at::Tensor& images) {
  const at::Tensor rgb = linear_rgb(images.clamp(1e-12, 1));
  const at::Tensor x = weighted_channels(rgb, kRgbToXyz[0]);
  const at::Tensor y = weighted_channels(rgb, kRgbToXyz[1]);
  const at::Tensor z = weighted_channels(rgb, kRgbToXyz[2]);
  const at::Tensor l = l_star(y, kHsluvEpsilon, kHsluvKappa);
  const at::Tensor divisor = x + 15 * y + 3 * z;
  const at::Tensor u = 13 * l * (4 * x / divisor - kWhiteU);
  const at::Tensor v = 13 * l * (9 * y / divisor - kWhiteV);
  const at::Tensor square = u.square() + v.square();
  const at::Tensor chroma = power_from_zero(square, 0.5);
  // Gray has no direction: one is put in its place, so that neither value nor gradient is NaN.
  const at::Tensor gray = square.lt(kGrayChroma * kGrayChroma);
  const at::Tensor safe_chroma = chroma.masked_fill(gray, 1);
  const at::Tensor cosine = u.masked_fill(gray, 1) / safe_chroma;
  const at::Tensor sine = v.masked_fill(gray, 0) / safe_chroma;
  const at::Tensor turns = at::atan2(sine, cosine) / (2 * std::numbers::pi);
  at::Tensor saturation = chroma / largest_chroma(l, cosine, sine);
  saturation = saturation.masked_fill(l.gt(100 - 1e-5).logical_or(l.lt(1e-8)), 0).clamp(0, 1);
  return {at::where(turns.lt(0), turns + 1, turns), saturation, l.clamp(0, 100) / 100};
}

}  // namespace sr
