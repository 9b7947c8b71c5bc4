#include "nn/grl_stripe.h"

#include <array>
#include <cstddef>

#include <torch/torch.h>

#include "nn/angle_attention.h"

namespace sr {
namespace {

/// Of `pixels` and `anchors` along a side: the table of relative positions has the anchors' middle
/// at the pixels'.
Offsets offsets_of(std::int64_t pixels, std::int64_t anchors) {
  const std::int64_t aside = (pixels - anchors) / 2;
  const std::int64_t last = pixels - 1 - aside;
  return {-(anchors - 1) - aside, last, last};
}

/// With the unit that sides of `measure` pixels have; 0: their own.
Offsets measured(Offsets offsets, std::int64_t measure, std::int64_t factor) {
  if (measure > 0) {
    offsets.unit = offsets_of(measure, measure / factor).last;
  }
  return offsets;
}

}  // namespace

GrlStripe grl_stripe(const arch::GrlOptions& options, bool turned, std::int64_t height,
                     std::int64_t width, at::Device device) {
  const std::array<std::int64_t, 2> image{height, width};
  const std::int64_t factor = options.anchor_window_down_factor;
  std::array<std::int64_t, 2> sides{};
  std::array<std::int64_t, 2> shift{};
  std::array<Offsets, 2> offsets;
  for (std::size_t axis = 0; axis < image.size(); ++axis) {
    const std::size_t own = turned ? 1 - axis : axis;
    const std::int64_t groups = options.stripe_groups[own];
    sides[axis] = groups > 0 ? image[axis] / groups : options.stripe_size[own];
    shift[axis] = groups == 1 ? 0 : sides[axis] / 2;
    // The measure is not turned, as in the other programs.
    offsets[axis] = measured(offsets_of(sides[axis], sides[axis] / factor),
                             options.pretrained_stripe_size[axis], factor);
  }
  GrlStripe stripe;
  stripe.window = {sides[0], sides[1]};
  stripe.anchors = {sides[0] / factor, sides[1] / factor};
  stripe.shift = {shift[0], shift[1]};
  stripe.offsets = logarithmic_offsets(offsets[0], offsets[1], device).view({-1, 2});
  stripe.of_anchors = relative_positions(stripe.anchors, stripe.window, device);
  stripe.of_pixels = relative_positions(stripe.window, stripe.anchors, device);
  return stripe;
}

at::Tensor grl_window_offsets(const arch::GrlOptions& options) {
  std::array<Offsets, 2> offsets;
  for (std::size_t axis = 0; axis < offsets.size(); ++axis) {
    offsets[axis] = measured(offsets_of(options.window_size, options.window_size),
                             options.pretrained_window_size[axis], 1);
  }
  return logarithmic_offsets(offsets[0], offsets[1]).view({-1, 2});
}

}  // namespace sr
