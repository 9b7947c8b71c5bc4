#include "nn/pixel_shuffle.h"

#include <array>
#include <cstdint>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "nn/nearest.h"
#include "nn/plain_operators.h"

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Strides of N, C, H, W in elements.
using Strides = std::array<std::int64_t, 4>;

Strides strides_of(const at::Tensor& tensor) {
  return {tensor.stride(0), tensor.stride(1), tensor.stride(2), tensor.stride(3)};
}

struct Geometry {
  Strides small, large, base;
  std::int64_t images, channels, height,
      width;  ///< channels of the large image, sides of the small one
  std::int64_t scale;
};

/// Calls visit(offset in small, in large, in base) for each element of row h of image n of the
/// large image's s x s places.
template <typename Visit>
void visit_row(const Geometry& g, std::int64_t n, std::int64_t h, const Visit& visit) {
  for (std::int64_t i = 0; i < g.scale; ++i) {
    const std::int64_t large_row = n * g.large[0] + (h * g.scale + i) * g.large[2];
    for (std::int64_t x = 0; x < g.width * g.scale; ++x) {
      const std::int64_t w = x / g.scale;
      const std::int64_t place = i * g.scale + x % g.scale;
      std::int64_t small = n * g.small[0] + place * g.small[1] + h * g.small[2] + w * g.small[3];
      std::int64_t large = large_row + x * g.large[3];
      std::int64_t base = n * g.base[0] + h * g.base[2] + w * g.base[3];
      for (std::int64_t c = 0; c < g.channels; ++c) {
        visit(small, large, base);
        small += g.scale * g.scale * g.small[1];
        large += g.large[1];
        base += g.base[1];
      }
    }
  }
}

template <typename Visit>
void visit_all(const Geometry& g, const Visit& visit) {
  at::parallel_for(0, g.images * g.height, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t row = first; row < last; ++row) {
      visit_row(g, row / g.height, row % g.height, visit);
    }
  });
}

Geometry geometry_of(const at::Tensor& small, const at::Tensor& large, std::int64_t scale) {
  return {strides_of(small), strides_of(large), {0, 0, 0, 0},  small.size(0),
          large.size(1),     small.size(2),     small.size(3), scale};
}

class PixelShuffleAdd : public torch::autograd::Function<PixelShuffleAdd> {
 public:
  // NOLINTNEXTLINE(readability-function-size): the dispatch alone is nested so deep
  static at::Tensor forward(AutogradContext* context, const at::Tensor& features,
                            const at::Tensor& base, std::int64_t scale) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const at::MemoryFormat format = features.suggest_memory_format();
    at::Tensor output =
        at::empty({base.size(0), base.size(1), base.size(2) * scale, base.size(3) * scale},
                  base.options().memory_format(format));
    Geometry geometry = geometry_of(features, output, scale);
    geometry.base = strides_of(base);
    AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, features.scalar_type(), "pixel_shuffle_add", [&] {
      const auto* const from = features.const_data_ptr<scalar_t>();
      const float* const add = base.const_data_ptr<float>();
      float* const to = output.mutable_data_ptr<float>();
      visit_all(geometry, [=](std::int64_t small, std::int64_t large, std::int64_t at) {
        to[large] = static_cast<float>(from[small]) + add[at];
      });
    });
    context->saved_data["scale"] = scale;
    context->saved_data["format"] = static_cast<std::int64_t>(format);
    context->saved_data["type"] = static_cast<std::int64_t>(features.scalar_type());
    return output;
  }

  // NOLINTNEXTLINE(readability-function-size): as forward()
  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const at::Tensor& large = grad_output[0];
    const std::int64_t scale = context->saved_data["scale"].toInt();
    const auto format = static_cast<at::MemoryFormat>(context->saved_data["format"].toInt());
    const auto type = static_cast<at::ScalarType>(context->saved_data["type"].toInt());
    at::Tensor gradient = at::empty({large.size(0), large.size(1) * scale * scale,
                                     large.size(2) / scale, large.size(3) / scale},
                                    large.options().dtype(type).memory_format(format));
    AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, type, "pixel_shuffle_add", [&] {
      const float* const from = large.const_data_ptr<float>();
      auto* const to = gradient.mutable_data_ptr<scalar_t>();
      visit_all(geometry_of(gradient, large, scale),
                [=](std::int64_t small, std::int64_t at, std::int64_t) {
                  to[small] = static_cast<scalar_t>(from[at]);
                });
    });
    return {gradient, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor pixel_shuffle_add(const at::Tensor& features, const at::Tensor& base, int scale) {
  if (!plain_operators() && features.is_cpu() && base.scalar_type() == at::kFloat &&
      !base.requires_grad()) {
    return PixelShuffleAdd::apply(features, base, std::int64_t{scale});
  }
  return at::pixel_shuffle(features, scale) + enlarge_nearest(base, scale);
}

}  // namespace sr
