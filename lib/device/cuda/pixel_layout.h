#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

namespace sr {

constexpr std::int64_t kVectorBytes = 16;

/// Distance of one pixel to the next in elements, 0 when the tensor is not laid out pixel by pixel.
inline std::int64_t pixel_stride(const at::Tensor& t) {
  const std::int64_t stride = t.size(3) > 1 ? t.stride(3) : t.size(1);
  const bool rows = t.size(2) == 1 || t.stride(2) == stride * t.size(3);
  const bool images = t.size(0) == 1 || t.stride(0) == stride * t.size(3) * t.size(2);
  return (t.size(1) == 1 || t.stride(1) == 1) && rows && images ? stride : 0;
}

inline bool is_aligned(const at::Tensor& t, std::int64_t stride) {
  const auto bytes = static_cast<std::int64_t>(t.element_size());
  return stride > 0 && stride * bytes % kVectorBytes == 0 &&
         reinterpret_cast<std::uintptr_t>(t.const_data_ptr()) % kVectorBytes == 0;
}

/// As the kernels take it. Throws c10::Error for a layout that they cannot read.
inline unsigned checked_stride(const at::Tensor& t) {
  const std::int64_t stride = pixel_stride(t);
  TORCH_CHECK(is_aligned(t, stride), "features must lie pixel by pixel, in vectors of 16 bytes");
  return static_cast<unsigned>(stride);
}

/// A dense one in the layout of pixels.
inline at::Tensor like_pixels(const at::Tensor& t) {
  return at::empty(t.sizes(), t.options().memory_format(at::MemoryFormat::ChannelsLast));
}

}  // namespace sr
