#include "nn/prelu_kernel.h"

#include <algorithm>
#include <cstdint>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "nn/cpu_kernel.h"

namespace sr {
namespace {

using kernel::BFloat16;
using kernel::load;
using kernel::store;
using kernel::Wide;

/// Blocks of one reduction: more than any sensible number of threads, and independent of it.
constexpr std::int64_t kBlocks = 64;
/// A channels_last row of slopes is repeated to about this length, so that inner loops are long for
/// any C.
constexpr std::int64_t kTile = 512;

/// n elements whose slopes are slope[0..n).
template <typename T, typename W>
SR_INLINE void forward_row(const T* features, const W* slope, T* output, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const W x = load(features[i]);
    store(output + i, x > 0 ? x : slope[i] * x);
  }
}

/// The same with one slope for all.
template <typename T, typename W>
SR_INLINE void forward_plane(const T* features, W slope, T* output, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const W x = load(features[i]);
    store(output + i, x > 0 ? x : slope * x);
  }
}

/// Adds each element's share of the slope gradient to sums[0..n).
template <typename T, typename W>
SR_INLINE void backward_row(const T* features, const W* slope, T* gradient, W* sums,
                            std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const W x = load(features[i]);
    const W g = load(gradient[i]);
    sums[i] += x > 0 ? W{0} : g * x;
    store(gradient + i, x > 0 ? g : slope[i] * g);
  }
}

/// The same with one slope for all; returns the plane's sum. Partial sums by lane, because the
/// compiler may not reorder additions.
template <typename T, typename W>
SR_INLINE W backward_plane(const T* features, W slope, T* gradient, std::int64_t n) {
  constexpr std::int64_t kLanes = 32;
  W lanes[kLanes] = {};
  W slopes[kLanes];
  std::fill_n(slopes, kLanes, slope);
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    backward_row(features + i, slopes, gradient + i, lanes, kLanes);
  }
  backward_row(features + i, slopes, gradient + i, lanes, n - i);
  W sum = 0;
  for (const W lane : lanes) {
    sum += lane;
  }
  return sum;
}

// NOLINTBEGIN(bugprone-macro-parentheses): the arguments are types
#define SR_PRELU_KERNELS(T, W)                                                                    \
  SR_CPU_CLONES void forward_row_of(const T* x, const W* slope, T* out, std::int64_t n) {         \
    forward_row(x, slope, out, n);                                                                \
  }                                                                                               \
  SR_CPU_CLONES void forward_plane_of(const T* x, W slope, T* out, std::int64_t n) {              \
    forward_plane(x, slope, out, n);                                                              \
  }                                                                                               \
  SR_CPU_CLONES void backward_row_of(const T* x, const W* slope, T* g, W* sums, std::int64_t n) { \
    backward_row(x, slope, g, sums, n);                                                           \
  }                                                                                               \
  SR_CPU_CLONES W backward_plane_of(const T* x, W slope, T* g, std::int64_t n) {                  \
    return backward_plane(x, slope, g, n);                                                        \
  }
// NOLINTEND(bugprone-macro-parentheses)
SR_PRELU_KERNELS(float, float)
SR_PRELU_KERNELS(BFloat16, float)
SR_PRELU_KERNELS(double, double)
#undef SR_PRELU_KERNELS

/// [begin, end) of block b when n units are cut into kBlocks.
std::pair<std::int64_t, std::int64_t> block_range(std::int64_t n, std::int64_t b) {
  return {n * b / kBlocks, n * (b + 1) / kBlocks};
}

/// [N, C, H, W] as memory: `rows` pixels of C values each, or N * C planes of `plane` values each.
struct Shape {
  bool channels_last;
  std::int64_t channels, rows, planes, plane;
};

Shape shape_of(const at::Tensor& features) {
  const std::int64_t channels = features.size(1);
  const std::int64_t plane = features.size(2) * features.size(3);
  return {!features.is_contiguous(), channels, features.size(0) * plane,
          features.size(0) * channels, plane};
}

/// slope repeated `times` times.
at::Tensor tile(const at::Tensor& slope, std::int64_t times) {
  return slope.repeat({times});
}

std::int64_t tile_times(const Shape& shape) {
  return std::max<std::int64_t>(1, kTile / shape.channels);
}

template <typename T>
void forward(const at::Tensor& features, const at::Tensor& slope, const at::Tensor& output) {
  using W = typename Wide<T>::Type;
  const Shape shape = shape_of(features);
  const T* const in = static_cast<const T*>(features.const_data_ptr());
  T* const out = static_cast<T*>(output.mutable_data_ptr());
  const std::int64_t times = shape.channels_last ? tile_times(shape) : 1;
  const at::Tensor slopes = tile(slope, times);
  const W* const s = slopes.const_data_ptr<W>();
  at::parallel_for(0, kBlocks, 1, [&](std::int64_t first, std::int64_t last) {
    if (shape.channels_last) {
      const std::int64_t end = block_range(shape.rows, last - 1).second;
      for (std::int64_t row = block_range(shape.rows, first).first; row < end; row += times) {
        const std::int64_t n = std::min(times, end - row) * shape.channels;
        forward_row_of(in + row * shape.channels, s, out + row * shape.channels, n);
      }
      return;
    }
    const std::int64_t end = block_range(shape.planes, last - 1).second;
    for (std::int64_t p = block_range(shape.planes, first).first; p < end; ++p) {
      forward_plane_of(in + p * shape.plane, s[p % shape.channels], out + p * shape.plane,
                       shape.plane);
    }
  });
}

/// One block's sums, for tiled channels_last rows: sums is [times * C].
template <typename T, typename W>
void backward_rows(const Shape& shape, std::int64_t block, const T* features, const W* slopes,
                   std::pair<T*, W*> gradient_and_sums) {
  const std::int64_t times = tile_times(shape);
  const auto [begin, end] = block_range(shape.rows, block);
  for (std::int64_t row = begin; row < end; row += times) {
    const std::int64_t n = std::min(times, end - row) * shape.channels;
    const std::int64_t offset = row * shape.channels;
    backward_row_of(features + offset, slopes, gradient_and_sums.first + offset,
                    gradient_and_sums.second, n);
  }
}

template <typename T>
at::Tensor backward(const at::Tensor& features, const at::Tensor& slope,
                    const at::Tensor& gradient) {
  using W = typename Wide<T>::Type;
  const Shape shape = shape_of(features);
  const T* const in = static_cast<const T*>(features.const_data_ptr());
  T* const grad = static_cast<T*>(gradient.mutable_data_ptr());
  if (shape.channels_last) {
    const std::int64_t times = tile_times(shape);
    const at::Tensor slopes = tile(slope, times);
    const at::Tensor sums = torch::zeros({kBlocks, times, shape.channels}, slope.options());
    const W* const s = slopes.const_data_ptr<W>();
    W* const total = sums.mutable_data_ptr<W>();
    at::parallel_for(0, kBlocks, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t b = first; b < last; ++b) {
        backward_rows(shape, b, in, s, std::pair{grad, total + b * times * shape.channels});
      }
    });
    return sums.sum(at::IntArrayRef{0, 1});
  }
  const at::Tensor sums = torch::empty({features.size(0), shape.channels}, slope.options());
  const W* const s = slope.const_data_ptr<W>();
  W* const total = sums.mutable_data_ptr<W>();
  at::parallel_for(0, shape.planes, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t p = first; p < last; ++p) {
      const std::int64_t offset = p * shape.plane;
      total[p] = backward_plane_of(in + offset, s[p % shape.channels], grad + offset, shape.plane);
    }
  });
  return sums.sum(0);
}

}  // namespace

bool has_prelu_kernel(const at::Tensor& features) {
  const at::ScalarType type = features.scalar_type();
  return features.is_cpu() && features.dim() == 4 && features.numel() > 0 &&
         (type == at::kFloat || type == at::kBFloat16 || type == at::kDouble) &&
         (features.is_contiguous() || features.is_contiguous(at::MemoryFormat::ChannelsLast));
}

void prelu_forward(const at::Tensor& features, const at::Tensor& slope, const at::Tensor& output) {
  switch (features.scalar_type()) {
    case at::kFloat:
      return forward<float>(features, slope, output);
    case at::kBFloat16:
      return forward<BFloat16>(features, slope, output);
    default:
      return forward<double>(features, slope, output);
  }
}

at::Tensor prelu_backward(const at::Tensor& features, const at::Tensor& slope,
                          const at::Tensor& gradient) {
  switch (features.scalar_type()) {
    case at::kFloat:
      return backward<float>(features, slope, gradient);
    case at::kBFloat16:
      return backward<BFloat16>(features, slope, gradient);
    default:
      return backward<double>(features, slope, gradient);
  }
}

}  // namespace sr
