#include "nn/split_windows.h"

#include <algorithm>
#include <cmath>

#include <torch/torch.h>

namespace sr {

/// Rows of the offsets are in the order of relative_positions().
SplitWindows::SplitWindows(const Settings& settings)
    : settings_(settings), longer_side_(std::max(settings.sides[0], settings.sides[1])) {
  for (std::size_t shape = 0; shape < windows_.size(); ++shape) {
    Windows& windows = windows_[shape];
    windows.window = {settings.sides[shape], settings.sides[1 - shape]};
    const auto [height, width] = windows.window;
    const at::Tensor rows = at::arange(1 - height, height, at::kFloat);
    const at::Tensor columns = at::arange(1 - width, width, at::kFloat);
    windows.file_offsets =
        at::stack({rows.repeat_interleave(2 * width - 1), columns.repeat({2 * height - 1})}, 1);
    windows.file_positions = relative_positions(windows.window);
    windows.offsets = add_constant(windows.file_offsets.clone());
    windows.positions = add_constant(windows.file_positions.clone());
  }
}

SplitWindows::Attention SplitWindows::make_attention(int heads, bool shifted,
                                                     at::Generator& generator) const {
  const int inside = settings_.features / 2 / 4 / 4;
  Attention attention;
  attention.heads = heads;
  attention.shifted = shifted;
  for (std::size_t shape = 0; shape < windows_.size(); ++shape) {
    attention.bias.emplace_back(inside, heads / 2, settings_.start, generator);
  }
  return attention;
}

SplitWindows::Masks SplitWindows::masks_for(std::int64_t height, std::int64_t width,
                                            at::Device device) const {
  const auto whole = [&](std::int64_t side) {
    return (side + longer_side_ - 1) / longer_side_ * longer_side_;
  };
  Masks masks;
  for (std::size_t shape = 0; shape < windows_.size(); ++shape) {
    masks[shape] = shift_mask(whole(height), whole(width), windows_[shape].window, device);
  }
  return masks;
}

/// Half of the features [N, H, W, C / 2] of qkv [N, H, W, 3 C]; H and W are multiples of the sides.
at::Tensor SplitWindows::in_windows(const Attention& attention, const at::Tensor& qkv,
                                    std::size_t shape, const at::Tensor& mask) const {
  const Windows& windows = windows_[shape];
  const std::int64_t features = settings_.features;
  const std::int64_t half = features / 2;
  const std::int64_t heads = attention.heads / 2;
  const std::vector<std::int64_t> sizes = qkv.sizes().vec();
  const at::Tensor own = qkv.reshape({sizes[0], sizes[1], sizes[2], 3, features})
                             .narrow(4, static_cast<std::int64_t>(shape) * half, half)
                             .reshape({sizes[0], sizes[1], sizes[2], 3 * half});
  const auto attend_in = [&](const at::Tensor& of_windows) {
    const at::Tensor parts = of_windows.view({-1, windows.window.area(), 3, heads, half / heads})
                                 .permute({2, 0, 3, 1, 4});
    const double scale = settings_.qk_scale > 0 ? settings_.qk_scale
                                                : 1 / std::sqrt(static_cast<double>(half / heads));
    const at::Tensor bias =
        position_bias(attention.bias[shape](windows.offsets), windows.positions);
    const at::Tensor attended =
        attend(parts[0] * scale, parts[1], parts[2], bias, attention.shifted ? mask : at::Tensor());
    return attended.transpose(1, 2).flatten(2);
  };
  return sr::in_windows(own, windows.window, attention.shifted, attend_in);
}

at::Tensor SplitWindows::operator()(const Attention& attention, const at::Tensor& qkv,
                                    const Masks& masks) const {
  const std::int64_t height = qkv.size(1);
  const std::int64_t width = qkv.size(2);
  const auto missing = [&](std::int64_t side) {
    return (longer_side_ - side % longer_side_) % longer_side_;
  };
  const std::int64_t bottom = missing(height);
  const std::int64_t right = missing(width);
  const at::Tensor whole =
      bottom + right > 0 ? at::constant_pad_nd(qkv, {0, 0, 0, right, 0, bottom}) : qkv;
  const at::Tensor both = at::cat(
      {in_windows(attention, whole, 0, masks[0]), in_windows(attention, whole, 1, masks[1])}, 3);
  return both.narrow(1, 0, height).narrow(2, 0, width);
}

}  // namespace sr
