#include "image/resize_filter.h"

#include <array>
#include <cmath>
#include <numbers>

namespace sr {
namespace {

/// The mean of the pixels below an output pixel. Half open, so that a pixel on the border of two
/// counts once.
double box(double x) {
  return x >= -0.5 && x < 0.5 ? 1.0 : 0.0;
}

double triangle(double x) {
  const double d = std::abs(x);
  return d < 1.0 ? 1.0 - d : 0.0;
}

/// Keys, "Cubic convolution interpolation for digital image processing", 1981, a = -0.5.
double cubic(double x) {
  const double d = std::abs(x);
  if (d <= 1.0) {
    return (1.5 * d - 2.5) * d * d + 1.0;
  }
  return d < 2.0 ? ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0 : 0.0;
}

/// Mitchell and Netravali, "Reconstruction filters in computer graphics", 1988, equation 8 with
/// B = C = 1/3.
double mitchell(double x) {
  const double d = std::abs(x);
  if (d < 1.0) {
    return ((7.0 * d - 12.0) * d * d + 16.0 / 3.0) / 6.0;
  }
  return d < 2.0 ? (((-7.0 / 3.0 * d + 12.0) * d - 20.0) * d + 32.0 / 3.0) / 6.0 : 0.0;
}

/// sinc(x) sinc(x / 3): Duchon, "Lanczos filtering in one and two dimensions", 1979, three lobes.
double lanczos3(double x) {
  if (std::abs(x) < 1e-8) {
    return 1.0;
  }
  const double angle = std::numbers::pi * x;
  return std::abs(x) < 3.0 ? 3.0 * std::sin(angle) * std::sin(angle / 3.0) / (angle * angle) : 0.0;
}

struct Entry {
  Filter filter;
  std::string_view name;
  Kernel kernel;
};

constexpr std::array kFilters = {
    Entry{Filter::kBox, "box", {1.0, box}},
    Entry{Filter::kBilinear, "bilinear", {2.0, triangle}},
    Entry{Filter::kBicubic, "bicubic", {4.0, cubic}},
    Entry{Filter::kMitchell, "mitchell", {4.0, mitchell}},
    Entry{Filter::kLanczos3, "lanczos3", {6.0, lanczos3}},
};

const Entry& entry_of(Filter filter) {
  return kFilters.at(static_cast<std::size_t>(filter));
}

}  // namespace

Kernel kernel_of(Filter filter) {
  return entry_of(filter).kernel;
}

std::string_view name_of(Filter filter) {
  return entry_of(filter).name;
}

std::optional<Filter> filter_named(std::string_view name) {
  for (const Entry& entry : kFilters) {
    if (entry.name == name) {
      return entry.filter;
    }
  }
  return std::nullopt;
}

std::string filter_names() {
  std::string names;
  for (const Entry& entry : kFilters) {
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
  }
  return names;
}

}  // namespace sr
