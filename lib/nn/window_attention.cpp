#include "nn/window_attention.h"

#include <vector>

#include <torch/torch.h>

namespace sr {
namespace {

constexpr double kMasked = -100;
constexpr double kLeastLength = 1e-12;

/// In place unless the type grows, as it does under autocast.
at::Tensor added(const at::Tensor& scores, const at::Tensor& bias) {
  return scores.scalar_type() == bias.scalar_type() ? at::Tensor(scores).add_(bias)
                                                    : at::add(scores, bias);
}

/// Along one side, which third a pixel belongs to: before the last window, its first part, its last
/// `shift` pixels, which the roll brought there from the other end. Without a roll there is but
/// that part.
at::Tensor thirds(std::int64_t length, std::int64_t window, std::int64_t shift, at::Device device) {
  const at::Tensor from_end =
      at::arange(length, at::TensorOptions().dtype(at::kLong).device(device)) - length;
  if (shift == 0) {
    return from_end.lt(0).to(at::kLong) * 2;
  }
  return from_end.ge(-window).to(at::kLong) + from_end.ge(-shift).to(at::kLong);
}

/// The pixels of an image, [1, H, W, 1], as numbers of what was together before the roll.
at::Tensor numbered(std::int64_t height, std::int64_t width, Window window, Window shift,
                    at::Device device) {
  const at::Tensor numbers = thirds(height, window.height, shift.height, device).unsqueeze(1) * 3 +
                             thirds(width, window.width, shift.width, device).unsqueeze(0);
  return numbers.view({1, height, width, 1});
}

/// The same of each window, [windows, area].
at::Tensor regions(std::int64_t height, std::int64_t width, Window window, Window shift,
                   at::Device device) {
  return to_windows(numbered(height, width, window, shift, device), window).squeeze(2);
}

/// A part of pixels [N, H, W, C].
Window part_of(at::IntArrayRef sizes, std::int64_t parts) {
  return {sizes[1] / parts, sizes[2] / parts};
}

/// For pixels [windows, n] and those they look at [windows, m].
at::Tensor mask_between(const at::Tensor& pixels, const at::Tensor& seen) {
  return pixels.unsqueeze(2).ne(seen.unsqueeze(1)).to(at::kFloat).mul_(kMasked);
}

}  // namespace

at::Tensor to_windows(const at::Tensor& pixels, Window window) {
  const std::int64_t images = pixels.size(0);
  return pixels
      .reshape({images, pixels.size(1) / window.height, window.height,
                pixels.size(2) / window.width, window.width, pixels.size(3)})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({-1, window.area(), pixels.size(3)});
}

at::Tensor from_windows(const at::Tensor& windows, Window window, at::IntArrayRef sizes) {
  const std::int64_t channels = windows.size(2);
  return windows
      .reshape({sizes[0], sizes[1] / window.height, sizes[2] / window.width, window.height,
                window.width, channels})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({sizes[0], sizes[1], sizes[2], channels});
}

at::Tensor to_spread_windows(const at::Tensor& pixels, Window window, std::int64_t parts) {
  const Window part = part_of(pixels.sizes(), parts);
  const std::int64_t channels = pixels.size(3);
  return to_windows(pixels, part)
      .reshape({-1, window.height, part.height / window.height, window.width,
                part.width / window.width, channels})
      .permute({0, 2, 4, 1, 3, 5})
      .reshape({-1, window.area(), channels});
}

at::Tensor from_spread_windows(const at::Tensor& windows, Window window, std::int64_t parts,
                               at::IntArrayRef sizes) {
  const Window part = part_of(sizes, parts);
  const std::int64_t channels = windows.size(2);
  const at::Tensor in_parts =
      windows
          .reshape({-1, part.height / window.height, part.width / window.width, window.height,
                    window.width, channels})
          .permute({0, 3, 1, 4, 2, 5})
          .reshape({-1, part.area(), channels});
  return from_windows(in_parts, part, sizes);
}

at::Tensor in_windows(const at::Tensor& pixels, Window window, bool shifted,
                      const std::function<at::Tensor(const at::Tensor& windows)>& attention,
                      std::int64_t spread_parts) {
  const std::int64_t down = window.height / 2;
  const std::int64_t right = window.width / 2;
  const at::Tensor rolled = shifted ? at::roll(pixels, {-down, -right}, {1, 2}) : pixels;
  const at::Tensor whole =
      spread_parts > 0
          ? from_spread_windows(attention(to_spread_windows(rolled, window, spread_parts)), window,
                                spread_parts, pixels.sizes())
          : from_windows(attention(to_windows(rolled, window)), window, pixels.sizes());
  return shifted ? at::roll(whole, {down, right}, {1, 2}) : whole;
}

at::Tensor relative_positions(Window window, Window seen, at::Device device) {
  const auto options = at::TensorOptions().dtype(at::kLong).device(device);
  const auto differences = [&](std::int64_t length, std::int64_t other) {
    return at::arange(length, options).unsqueeze(1) - at::arange(other, options).unsqueeze(0) +
           (other - 1);
  };
  const at::Tensor rows =
      differences(window.height, seen.height).view({window.height, 1, seen.height, 1});
  const at::Tensor columns =
      differences(window.width, seen.width).view({1, window.width, 1, seen.width});
  return (rows * (window.width + seen.width - 1) + columns).reshape({window.area(), seen.area()});
}

at::Tensor overlapping_positions(std::int64_t side, std::int64_t larger) {
  const auto options = at::TensorOptions().dtype(at::kLong);
  const at::Tensor differences = at::arange(larger, options).unsqueeze(0) -
                                 at::arange(side, options).unsqueeze(1) + (side - larger + 1);
  const at::Tensor rows = differences.view({side, 1, larger, 1});
  const at::Tensor columns = differences.view({1, side, 1, larger});
  return (rows * (side + larger - 1) + columns).reshape({side * side, larger * larger});
}

at::Tensor shift_mask(std::int64_t height, std::int64_t width, Window window, at::Device device) {
  const Window shift{window.height / 2, window.width / 2};
  const at::Tensor pixels = regions(height, width, window, shift, device);
  return mask_between(pixels, pixels);
}

at::Tensor shrunk_shift_mask(std::int64_t height, std::int64_t width, const ShrunkWindows& windows,
                             at::Device device) {
  const std::int64_t factor = windows.factor;
  const auto shrunk = [&](Window sides) {
    return Window{sides.height / factor, sides.width / factor};
  };
  return mask_between(regions(height, width, windows.window, windows.shift, device),
                      regions(height / factor, width / factor, shrunk(windows.window),
                              shrunk(windows.shift), device));
}

at::Tensor spread_shift_mask(std::int64_t height, std::int64_t width, Window window,
                             std::int64_t parts, at::Device device) {
  const Window shift{window.height / 2, window.width / 2};
  const at::Tensor numbers = numbered(height, width, window, shift, device);
  const Window part = part_of(numbers.sizes(), parts);
  const at::Tensor pixels =
      to_windows(to_windows(numbers, part).view({-1, part.height, part.width, 1}), window)
          .squeeze(2);
  return mask_between(pixels, pixels);
}

at::Tensor permuted_positions(std::int64_t side) {
  const std::int64_t half = side / 2;
  return relative_positions({half, half})
      .view({half, 1, half, 1, half * half})
      .expand({half, 2, half, 2, half * half})
      .reshape({side * side, half * half});
}

at::Tensor permuted_shift_mask(std::int64_t height, std::int64_t width, std::int64_t side,
                               at::Device device) {
  const std::int64_t half = side / 2;
  const std::int64_t quarter = (half + 1) / 2;
  return mask_between(regions(height, width, {side, side}, {half, half}, device),
                      regions(height / 2, width / 2, {half, half}, {quarter, quarter}, device));
}

at::Tensor position_bias(const at::Tensor& table, const at::Tensor& positions) {
  // index() and not index_select(), whose gradient adds in any order on a GPU.
  return table.index({positions.flatten()})
      .view({positions.size(0), positions.size(1), table.size(1)})
      .permute({2, 0, 1})
      .contiguous();
}

at::Tensor attend(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values,
                  const at::Tensor& bias, const at::Tensor& mask) {
  return attend_by_scores(at::matmul(queries, keys.transpose(2, 3)), values, bias, mask);
}

at::Tensor attend_by_scores(const at::Tensor& of_pairs, const at::Tensor& values,
                            const at::Tensor& bias, const at::Tensor& mask) {
  at::Tensor scores = of_pairs;
  if (bias.defined()) {
    scores = added(scores, bias);
  }
  if (mask.defined()) {
    const std::vector<std::int64_t> sizes = scores.sizes().vec();
    scores = added(scores.view({-1, mask.size(0), sizes[1], sizes[2], sizes[3]}), mask.unsqueeze(1))
                 .view(sizes);
  }
  return at::matmul(at::softmax(scores, -1), values);
}

at::Tensor of_length_one(const at::Tensor& vectors) {
  return vectors / vectors.norm(2, {-1}, /*keepdim=*/true).clamp_min(kLeastLength);
}

at::Tensor attend_features(const at::Tensor& queries, const at::Tensor& keys,
                           const at::Tensor& values, const at::Tensor& temperature) {
  const at::Tensor scores =
      at::matmul(of_length_one(queries), of_length_one(keys).transpose(2, 3)) * temperature;
  return at::matmul(at::softmax(scores, -1), values);
}

}  // namespace sr
