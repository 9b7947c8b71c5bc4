#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>

#include "nn/cpu_kernel.h"
#include "nn/tile_conv_core.h"

/// The machine of nn/tile_conv_core.h in plain C++, for any processor. Refuses tiles larger than it
/// is configured for, and keeps what lies outside of them as it was.
class EmulatedTiles {
 public:
  using BFloat16 = sr::kernel::BFloat16;

  explicit EmulatedTiles(const sr::tiles::TileSize& size) : size_(size) {
    if (size.rows < 1 || size.rows > 16 || size.columns < 1 || size.columns > 16 ||
        size.depth < 2 || size.depth > 32 || size.depth % 2 != 0) {
      throw std::logic_error("no such tiles");
    }
  }

  template <int kTile>
  void load(const BFloat16* from, std::int64_t stride) {
    static_assert(kTile >= 4 && kTile < 8);
    const bool left = kTile < 6;
    const std::int64_t rows = left ? size_.rows : size_.depth / 2;
    const std::int64_t length = left ? size_.depth : 2 * size_.columns;
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t i = 0; i < length; ++i) {
        factors_[kTile - 4].at(at(row, i)) = sr::kernel::load(from[row * stride + i]);
      }
    }
  }
  template <int kTile>
  void load(const float* from, std::int64_t stride) {
    static_assert(kTile < 4);
    for (std::int64_t row = 0; row < size_.rows; ++row) {
      for (std::int64_t i = 0; i < size_.columns; ++i) {
        sums_[kTile].at(at(row, i)) = from[row * stride + i];
      }
    }
  }
  template <int kTile>
  void store(float* to, std::int64_t stride) {
    for (std::int64_t row = 0; row < size_.rows; ++row) {
      for (std::int64_t i = 0; i < size_.columns; ++i) {
        to[row * stride + i] = sums_[kTile].at(at(row, i));
      }
    }
  }
  template <int kTile>
  void zero() {
    sums_[kTile].fill(0.0F);
  }
  template <int kSum, int kLeft, int kRight>
  void multiply() {
    static_assert(kLeft == 4 || kLeft == 5);
    static_assert(kRight == 6 || kRight == 7);
    for (std::int64_t row = 0; row < size_.rows; ++row) {
      for (std::int64_t column = 0; column < size_.columns; ++column) {
        float& sum = sums_[kSum].at(at(row, column));
        for (std::int64_t i = 0; i < size_.depth; ++i) {
          sum += factors_[kLeft - 4].at(at(row, i)) *
                 factors_[kRight - 4].at(at(i / 2, 2 * column + i % 2));
        }
      }
    }
  }

  static void pack(const float* from, std::int64_t output, std::int64_t input, std::int64_t outputs,
                   std::int64_t inputs, BFloat16* to) {
    for (std::int64_t i = 0; i < 32; ++i) {
      const bool given = i / 2 < outputs && i % 2 < inputs;
      sr::kernel::store(to + i, given ? from[i / 2 * output + i % 2 * input] : 0.0F);
    }
  }
  static void activate(const BFloat16* from, const float* slope, BFloat16* to, std::int64_t pixels,
                       std::int64_t channels) {
    const std::int64_t stride = sr::tiles::round_up(channels, 2);
    for (std::int64_t x = 0; x < pixels; ++x) {
      for (std::int64_t c = 0; c < stride; ++c) {
        const float value = c < channels ? sr::kernel::load(from[x * channels + c]) : 0.0F;
        sr::kernel::store(to + x * stride + c,
                          value > 0 || c >= channels ? value : slope[c] * value);
      }
    }
  }
  static void add_bias(const float* sums, const float* bias, BFloat16* to, std::int64_t stride,
                       std::int64_t pixels, std::int64_t channels) {
    for (std::int64_t x = 0; x < pixels; ++x) {
      for (std::int64_t c = 0; c < channels; ++c) {
        sr::kernel::store(to + x * stride + c, sums[x * sr::tiles::kBlockRow + c] + bias[c]);
      }
    }
  }
  static void activation_gradient(const float* sums, const BFloat16* features, const float* slope,
                                  float* slope_sums, BFloat16* to, std::int64_t stride,
                                  std::int64_t pixels, std::int64_t channels) {
    for (std::int64_t x = 0; x < pixels; ++x) {
      for (std::int64_t c = 0; c < channels; ++c) {
        const float g = sums[x * sr::tiles::kBlockRow + c];
        const float value = sr::kernel::load(features[x * stride + c]);
        slope_sums[c] += value > 0 ? 0.0F : g * value;
        sr::kernel::store(to + x * stride + c, value > 0 ? g : g * slope[c]);
      }
    }
  }
  static void transpose(const BFloat16* from, BFloat16* to, std::int64_t row, std::int64_t pixels,
                        std::int64_t channels) {
    for (std::int64_t x = 0; x < pixels; ++x) {
      for (std::int64_t c = 0; c < channels; ++c) {
        to[c * row + x] = from[x * sr::tiles::round_up(channels, 2) + c];
      }
    }
  }
  static void interleave(const BFloat16* from, BFloat16* to, float* bias_sums, std::int64_t pixels,
                         std::int64_t channels, std::int64_t padded) {
    for (std::int64_t x = 0; x < pixels; ++x) {
      for (std::int64_t c = 0; c < channels; ++c) {
        to[x / 2 * padded * 2 + 2 * c + x % 2] = from[x * channels + c];
        bias_sums[c] += sr::kernel::load(from[x * channels + c]);
      }
    }
  }

 private:
  static std::size_t at(std::int64_t row, std::int64_t i) {
    return static_cast<std::size_t>(row * 32 + i);
  }

  sr::tiles::TileSize size_;
  std::array<std::array<float, 16 * 32>, 4> sums_{}, factors_{};
};
