#include "degrade/noise.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/random.h"
#include "degrade/poisson.h"

namespace sr {
namespace {

constexpr std::size_t kQuantiles = 65536;
constexpr int kChannels = 3;

double normal_probability_above(double x) {
  return 0.5 * std::erfc(x / std::numbers::sqrt2);
}

std::vector<float> make_quantiles() {
  std::vector<float> quantiles(kQuantiles);
  double x = 0;
  for (std::size_t i = kQuantiles / 2; i < kQuantiles; ++i) {
    const double above = 1 - (static_cast<double>(i) + 0.5) / kQuantiles;
    // Newton's method from the quantile before; it is convex, so it comes from below.
    for (int step = 0; step < 6; ++step) {
      const double density = std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi);
      x += (normal_probability_above(x) - above) / density;
    }
    quantiles[i] = static_cast<float>(x);
    quantiles[kQuantiles - 1 - i] = static_cast<float>(-x);
  }
  return quantiles;
}

const float* quantile_table() {
  static const std::vector<float> kTable = make_quantiles();
  return kTable.data();
}

/// Uniform numbers below 65536, four out of one word.
class Uniform16 {
 public:
  explicit Uniform16(std::uint64_t key) : key_(key) {}
  std::uint32_t next() {
    if (count_ % 4 == 0) {
      bits_ = sequence_bits(key_, count_ / 4);
    }
    ++count_;
    const auto result = static_cast<std::uint32_t>(bits_ & 0xffff);
    bits_ >>= 16;
    return result;
  }

 private:
  std::uint64_t key_;
  std::uint64_t bits_ = 0;
  std::uint64_t count_ = 0;
};

float clamped(float value) {
  return std::clamp(value, 0.0F, 1.0F);
}

std::uint8_t level_of(float value) {
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): not negative, and lround() differs below 0.5
  return static_cast<std::uint8_t>(clamped(value) * 255 + 0.5F);
}

float luma(const float* rgb) {
  return 0.2989F * rgb[0] + 0.587F * rgb[1] + 0.114F * rgb[2];
}

/// n as an exponent of two, for so many different levels.
int exponent_for(const std::array<bool, 256>& present) {
  const auto levels = std::count(present.begin(), present.end(), true);
  return static_cast<int>(
      std::bit_width(static_cast<unsigned>(std::max<std::ptrdiff_t>(1, levels)) - 1));
}

/// Calls work(values, count) for every row of the image.
template <typename Work>
void for_each_row(cv::Mat& image, Work work) {
  for (int y = 0; y < image.rows; ++y) {
    work(image.ptr<float>(y), image.cols * kChannels);
  }
}

}  // namespace

float normal_quantile(std::uint32_t index) {
  static const float* const kTable = quantile_table();
  return kTable[index];
}

void add_gaussian_noise(cv::Mat& image, double sigma, const NoiseField& field) {
  const float* quantiles = quantile_table();
  const auto deviation = static_cast<float>(sigma / 255);
  Uniform16 uniform(field.key);
  const int repeats = field.gray ? kChannels : 1;
  for_each_row(image, [&](float* values, int count) {
    for (int i = 0; i < count; i += repeats) {
      const float noise = deviation * quantiles[uniform.next()];
      for (int j = i; j < i + repeats; ++j) {
        values[j] = clamped(values[j] + noise);
      }
    }
  });
}

void add_poisson_noise(cv::Mat& image, double scale, const NoiseField& field) {
  const int repeats = field.gray ? kChannels : 1;
  const auto level_at = [&](const float* value) {
    return level_of(field.gray ? luma(value) : *value);
  };
  std::array<bool, 256> present{};
  for_each_row(image, [&](const float* values, int count) {
    for (int i = 0; i < count; i += repeats) {
      present[level_at(values + i)] = true;
    }
  });
  const int exponent = exponent_for(present);
  const PoissonTable& table = PoissonTable::with_exponent(exponent);
  const auto factor = static_cast<float>(scale);
  const float step = 1 / static_cast<float>(1 << exponent);
  Uniform16 uniform(field.key);
  for_each_row(image, [&](float* values, int count) {
    for (int i = 0; i < count; i += repeats) {
      const int level = level_at(values + i);
      const auto drawn = static_cast<float>(table.draw(level, uniform.next()));
      const float noise = factor * (drawn * step - static_cast<float>(level) / 255);
      for (int j = i; j < i + repeats; ++j) {
        values[j] = clamped(values[j] + noise);
      }
    }
  });
}

}  // namespace sr
