// The operators sr::has_feature_kernels, sr::bias_prelu ... (lib/nn/feature_kernels.h says what
// they do) for CUDA tensors, registered with LibTorch's dispatcher when libsr_cuda.so is loaded:
// that is what joins them with their callers, who see neither CUDA nor this library.

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "device/cuda/feature_kernels.h"
#include "device/cuda/feature_operators.h"
#include "device/cuda/pixel_layout.h"

namespace sr {
namespace {

constexpr unsigned kThreads = 256;  ///< of a block, as in feature_kernels.cu
/// Blocks of the kernels that sum: what is summed together depends on the size alone.
constexpr unsigned kSumBlocks = 512;
constexpr unsigned kMostBlocks = 16384;

/// Sizes of features as the kernels want them.
struct Extent {
  unsigned pixels, lanes, count;
};

Extent extent_of(const at::Tensor& t) {
  const std::int64_t size = kVectorBytes / static_cast<std::int64_t>(t.element_size());
  const auto lanes = static_cast<unsigned>(t.size(1) / size);
  const auto pixels = static_cast<unsigned>(t.size(0) * t.size(2) * t.size(3));
  return {pixels, lanes, pixels * lanes};
}

bool has_feature_kernels(const at::Tensor& t) {
  if (t.dim() != 4 || t.numel() == 0 || suffix_of(t.scalar_type()).empty()) {
    return false;
  }
  const std::int64_t size = kVectorBytes / static_cast<std::int64_t>(t.element_size());
  constexpr std::int64_t kMostVectors = std::int64_t{1} << 31;
  return t.size(1) % size == 0 && t.size(1) / size <= kThreads && t.numel() / size < kMostVectors &&
         is_aligned(t, pixel_stride(t)) && feature_kernels(t.device().index()) != nullptr;
}

unsigned blocks_for(unsigned count) {
  return std::min((count + kThreads - 1) / kThreads, kMostBlocks);
}

template <typename... Arguments>
void launch(const char* name, const at::Tensor& like, unsigned blocks, Arguments... arguments) {
  std::array<void*, sizeof...(Arguments)> addresses{static_cast<void*>(&arguments)...};
  feature_kernels(like.device().index())
      ->launch(name + suffix_of(like.scalar_type()), blocks, {kThreads, 1}, addresses.data());
}

/// Runs a kernel that sums over pixels and adds up what its blocks found: [count, C] float32.
template <typename Launch>
at::Tensor summed(const at::Tensor& features, std::int64_t count, Launch run) {
  const Extent extent = extent_of(features);
  const unsigned groups = kThreads / extent.lanes;
  const unsigned blocks = std::min((extent.pixels + groups - 1) / groups, kSumBlocks);
  const auto options =
      features.options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous);
  const std::int64_t columns = count * features.size(1);
  const at::Tensor parts = at::empty({blocks, columns}, options);
  run(extent, blocks, parts.mutable_data_ptr<float>());
  return sum_of_rows(parts).view({count, features.size(1)});
}

std::tuple<at::Tensor, at::Tensor> leaky_relu_backward(const at::Tensor& out,
                                                       const at::Tensor& grad, double slope) {
  const c10::cuda::CUDAGuard guard(out.device());
  at::Tensor grad_x = like_pixels(out);
  const at::Tensor sums = summed(out, 1, [&](Extent extent, unsigned blocks, float* parts) {
    launch("leaky_relu_backward_", out, blocks, out.const_data_ptr(), checked_stride(out),
           grad.const_data_ptr(), checked_stride(grad), static_cast<float>(slope),
           grad_x.mutable_data_ptr(), parts, extent.pixels, extent.lanes);
  });
  return {grad_x, sums};
}

std::tuple<at::Tensor, at::Tensor> scale_backward(const at::Tensor& grad, double scale) {
  const c10::cuda::CUDAGuard guard(grad.device());
  at::Tensor grad_x = like_pixels(grad);
  const at::Tensor sums = summed(grad, 1, [&](Extent extent, unsigned blocks, float* parts) {
    launch("scale_backward_", grad, blocks, grad.const_data_ptr(), static_cast<float>(scale),
           grad_x.mutable_data_ptr(), parts, extent.pixels, extent.lanes);
  });
  return {grad_x, sums};
}

}  // namespace

at::Tensor sum_of_rows(const at::Tensor& rows) {
  const c10::cuda::CUDAGuard guard(rows.device());
  at::Tensor sums = at::empty({rows.size(1)}, rows.options());
  const auto* from = rows.const_data_ptr<float>();
  auto* to = sums.mutable_data_ptr<float>();
  auto count = static_cast<unsigned>(rows.size(0));
  auto width = static_cast<unsigned>(rows.size(1));
  std::array<void*, 4> addresses{static_cast<void*>(&from), static_cast<void*>(&to), &count,
                                 &width};
  feature_kernels(rows.device().index())
      ->launch("sum_rows", (width + 31) / 32, {32, 16}, addresses.data());
  return sums;
}

at::Tensor bias_prelu(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& slope) {
  const c10::cuda::CUDAGuard guard(x.device());
  at::Tensor out = like_pixels(x);
  const Extent extent = extent_of(x);
  launch("bias_prelu_", x, blocks_for(extent.count), x.const_data_ptr(),
         bias.const_data_ptr<float>(), slope.const_data_ptr<float>(), out.mutable_data_ptr(),
         extent.count, extent.lanes);
  return out;
}

std::tuple<at::Tensor, at::Tensor> bias_prelu_backward(const at::Tensor& x, const at::Tensor& bias,
                                                       const at::Tensor& slope,
                                                       const at::Tensor& grad) {
  const c10::cuda::CUDAGuard guard(x.device());
  at::Tensor grad_x = like_pixels(x);
  const at::Tensor sums = summed(x, 2, [&](Extent extent, unsigned blocks, float* parts) {
    launch("bias_prelu_backward_", x, blocks, x.const_data_ptr(), bias.const_data_ptr<float>(),
           slope.const_data_ptr<float>(), grad.const_data_ptr(), grad_x.mutable_data_ptr(), parts,
           extent.pixels, extent.lanes);
  });
  return {grad_x, sums};
}

// NOLINTNEXTLINE(misc-const-correctness): its callers name this signature to the dispatcher
void bias_leaky_relu(const at::Tensor& x, const at::Tensor& bias, double slope, at::Tensor& out) {
  const c10::cuda::CUDAGuard guard(x.device());
  const Extent extent = extent_of(x);
  launch("bias_leaky_relu_", x, blocks_for(extent.count), x.const_data_ptr(),
         bias.const_data_ptr<float>(), static_cast<float>(slope), out.mutable_data_ptr(),
         checked_stride(out), extent.count, extent.lanes);
}

at::Tensor bias_scale_add(const at::Tensor& x, const at::Tensor& bias, double scale,
                          const at::Tensor& features) {
  const c10::cuda::CUDAGuard guard(x.device());
  at::Tensor out = like_pixels(x);
  const Extent extent = extent_of(x);
  launch("bias_scale_add_", x, blocks_for(extent.count), x.const_data_ptr(),
         bias.const_data_ptr<float>(), static_cast<float>(scale), features.const_data_ptr(),
         out.mutable_data_ptr(), extent.count, extent.lanes);
  return out;
}

}  // namespace sr

TORCH_LIBRARY(sr, library) {
  library.def("has_feature_kernels(Tensor features) -> bool");
  library.def("bias_prelu(Tensor x, Tensor bias, Tensor slope) -> Tensor");
  library.def(
      "bias_prelu_backward(Tensor x, Tensor bias, Tensor slope, Tensor grad) -> (Tensor, Tensor)");
  library.def("bias_leaky_relu(Tensor x, Tensor bias, float slope, Tensor(a!) out) -> ()");
  library.def("leaky_relu_backward(Tensor out, Tensor grad, float slope) -> (Tensor, Tensor)");
  library.def("bias_scale_add(Tensor x, Tensor bias, float scale, Tensor features) -> Tensor");
  library.def("scale_backward(Tensor grad, float scale) -> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(sr, CUDA, library) {
  library.impl("has_feature_kernels", &sr::has_feature_kernels);
  library.impl("bias_prelu", &sr::bias_prelu);
  library.impl("bias_prelu_backward", &sr::bias_prelu_backward);
  library.impl("bias_leaky_relu", &sr::bias_leaky_relu);
  library.impl("leaky_relu_backward", &sr::leaky_relu_backward);
  library.impl("bias_scale_add", &sr::bias_scale_add);
  library.impl("scale_backward", &sr::scale_backward);
}
