#include "nn/mish_kernel.h"

#include <algorithm>
#include <bit>
#include <cmath>
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

/// Values of one task.
constexpr std::int64_t kGrain = 16384;

/// From here on mish(x) is x to the last bit of a float64.
constexpr float kLinear = 20;

SR_INLINE double exponential(double x) {
  return std::exp(x);
}

/// e^x for x in [-87, kLinear], to 2 units of the last place: 2^k e^r with r in [-ln 2 / 2,
/// ln 2 / 2] and a minimax polynomial (Cephes' expf). Without a call, so that loops over it are
/// vectorized.
SR_INLINE float exponential(float x) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kRounding = 12582912;  // 1.5 * 2^23: adding it rounds to a whole number
  constexpr float kLn2High = 0.693359375F;
  constexpr float kLn2Low = -2.12194440e-4F;
  const float k = (x * kLog2E + kRounding) - kRounding;
  const float r = (x - k * kLn2High) - k * kLn2Low;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const float power = std::bit_cast<float>((static_cast<std::int32_t>(k) + 127) << 23);
  return (p * r * r + r + 1) * power;
}

/// What mish and its derivative are made of.
template <typename W>
struct Parts {
  W e, tanh, denominator;  ///< e^x, tanh(log(1 + e^x)), n + 2
};

template <typename W>
SR_INLINE Parts<W> parts_of(W x) {
  constexpr W kLowest = -87;
  const W low = x < kLinear ? x : W{kLinear};
  const W e = low > kLowest ? exponential(low > kLowest ? low : kLowest) : W{0};
  const W n = e * e + 2 * e;
  return {e, n / (n + 2), n + 2};
}

/// tanh + x (1 - tanh^2) sigmoid(x).
template <typename W>
SR_INLINE W slope_of(W x, const Parts<W>& parts) {
  return parts.tanh + x * (4 * parts.e * (1 + parts.e) / (parts.denominator * parts.denominator));
}

template <typename T>
SR_INLINE void forward_row(const T* features, T* output, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const typename Wide<T>::Type x = load(features[i]);
    store(output + i, x * parts_of(x).tanh);
  }
}

template <typename T>
SR_INLINE void backward_row(const T* features, T* gradient, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const typename Wide<T>::Type x = load(features[i]);
    store(gradient + i, load(gradient[i]) * slope_of(x, parts_of(x)));
  }
}

template <typename T>
SR_INLINE void gate_row(const T* gates, const T* values, T* output, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const typename Wide<T>::Type x = load(gates[i]);
    store(output + i, x * parts_of(x).tanh * load(values[i]));
  }
}

/// Rows of a gated unit's backward pass.
template <typename T>
struct GateRows {
  const T *gates, *values, *gradient;
  T *grad_gates, *grad_values;
};

template <typename T>
SR_INLINE void gate_backward_row(const GateRows<T>& rows, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const typename Wide<T>::Type x = load(rows.gates[i]);
    const typename Wide<T>::Type g = load(rows.gradient[i]);
    const Parts parts = parts_of(x);
    store(rows.grad_gates + i, g * load(rows.values[i]) * slope_of(x, parts));
    store(rows.grad_values + i, g * x * parts.tanh);
  }
}

// NOLINTBEGIN(bugprone-macro-parentheses): the argument is a type
#define SR_MISH_KERNELS(T)                                                                  \
  SR_CPU_CLONES void forward_row_of(const T* x, T* out, std::int64_t n) {                   \
    forward_row(x, out, n);                                                                 \
  }                                                                                         \
  SR_CPU_CLONES void backward_row_of(const T* x, T* gradient, std::int64_t n) {             \
    backward_row(x, gradient, n);                                                           \
  }                                                                                         \
  SR_CPU_CLONES void gate_row_of(const T* gates, const T* values, T* out, std::int64_t n) { \
    gate_row(gates, values, out, n);                                                        \
  }                                                                                         \
  SR_CPU_CLONES void gate_backward_row_of(const GateRows<T>& rows, std::int64_t n) {        \
    gate_backward_row(rows, n);                                                             \
  }
// NOLINTEND(bugprone-macro-parentheses)
SR_MISH_KERNELS(float)
SR_MISH_KERNELS(BFloat16)
SR_MISH_KERNELS(double)
#undef SR_MISH_KERNELS

template <typename T>
void forward(const at::Tensor& features, const at::Tensor& output) {
  const T* const in = static_cast<const T*>(features.const_data_ptr());
  T* const out = static_cast<T*>(output.mutable_data_ptr());
  at::parallel_for(0, features.numel(), kGrain, [=](std::int64_t first, std::int64_t last) {
    forward_row_of(in + first, out + first, last - first);
  });
}

template <typename T>
void backward(const at::Tensor& features, const at::Tensor& gradient) {
  const T* const in = static_cast<const T*>(features.const_data_ptr());
  T* const grad = static_cast<T*>(gradient.mutable_data_ptr());
  at::parallel_for(0, features.numel(), kGrain, [=](std::int64_t first, std::int64_t last) {
    backward_row_of(in + first, grad + first, last - first);
  });
}

/// Channels of a gated unit and its pixels.
struct Gate {
  std::int64_t outputs, mixed, values, pixels;

  Gate(const at::Tensor& wide, const at::Tensor& mixed_values)
      : outputs(wide.size(1) / 2),
        mixed(mixed_values.size(1)),
        values(outputs - mixed),
        pixels(wide.size(0) * wide.size(2) * wide.size(3)) {}

  template <typename Visit>
  void for_each_pixel(const Visit& visit) const {
    at::parallel_for(0, pixels, std::max<std::int64_t>(1, kGrain / outputs),
                     [&](std::int64_t first, std::int64_t last) {
                       for (std::int64_t pixel = first; pixel < last; ++pixel) {
                         visit(pixel);
                       }
                     });
  }
};

template <typename T>
void gate_forward(const at::Tensor& wide, const at::Tensor& mixed, const at::Tensor& output) {
  const Gate gate(wide, mixed);
  const T* const from = static_cast<const T*>(wide.const_data_ptr());
  const T* const other = static_cast<const T*>(mixed.const_data_ptr());
  T* const to = static_cast<T*>(output.mutable_data_ptr());
  gate.for_each_pixel([=](std::int64_t pixel) {
    const T* const gates = from + pixel * 2 * gate.outputs;
    T* const out = to + pixel * gate.outputs;
    gate_row_of(gates, gates + gate.outputs, out, gate.values);
    gate_row_of(gates + gate.values, other + pixel * gate.mixed, out + gate.values, gate.mixed);
  });
}

template <typename T>
void gate_backward(const at::Tensor& wide, const at::Tensor& mixed, const at::Tensor& gradient,
                   const at::Tensor& grad_wide, const at::Tensor& grad_mixed) {
  const Gate gate(wide, mixed);
  const GateRows<T> all{static_cast<const T*>(wide.const_data_ptr()),
                        static_cast<const T*>(mixed.const_data_ptr()),
                        static_cast<const T*>(gradient.const_data_ptr()),
                        static_cast<T*>(grad_wide.mutable_data_ptr()),
                        static_cast<T*>(grad_mixed.mutable_data_ptr())};
  gate.for_each_pixel([=](std::int64_t pixel) {
    const T* const gates = all.gates + pixel * 2 * gate.outputs;
    const T* const grad = all.gradient + pixel * gate.outputs;
    T* const grad_gates = all.grad_gates + pixel * 2 * gate.outputs;
    gate_backward_row_of(
        GateRows<T>{gates, gates + gate.outputs, grad, grad_gates, grad_gates + gate.outputs},
        gate.values);
    gate_backward_row_of(
        GateRows<T>{gates + gate.values, all.values + pixel * gate.mixed, grad + gate.values,
                    grad_gates + gate.values, all.grad_values + pixel * gate.mixed},
        gate.mixed);
  });
}

/// Calls with<T>() for the element type of `features`.
template <typename With>
void with_type_of(const at::Tensor& features, const With& with) {
  switch (features.scalar_type()) {
    case at::kFloat:
      return with(float{});
    case at::kBFloat16:
      return with(BFloat16{});
    default:
      return with(double{});
  }
}

}  // namespace

bool has_mish_kernel(const at::Tensor& features) {
  const at::ScalarType type = features.scalar_type();
  return features.is_cpu() && features.is_non_overlapping_and_dense() &&
         (type == at::kFloat || type == at::kBFloat16 || type == at::kDouble);
}

void mish_kernel_forward(const at::Tensor& features, const at::Tensor& output) {
  with_type_of(features, [&](auto one) { forward<decltype(one)>(features, output); });
}

void mish_kernel_backward(const at::Tensor& features, const at::Tensor& gradient) {
  with_type_of(features, [&](auto one) { backward<decltype(one)>(features, gradient); });
}

void mish_gate_forward(const at::Tensor& wide, const at::Tensor& mixed, const at::Tensor& output) {
  with_type_of(wide, [&](auto one) { gate_forward<decltype(one)>(wide, mixed, output); });
}

void mish_gate_backward(const at::Tensor& wide, const at::Tensor& mixed, const at::Tensor& gradient,
                        const at::Tensor& grad_wide, const at::Tensor& grad_mixed) {
  with_type_of(wide, [&](auto one) {
    gate_backward<decltype(one)>(wide, mixed, gradient, grad_wide, grad_mixed);
  });
}

}  // namespace sr
