#pragma once

#include <c10/core/ScalarType.h>
#include <cuda_runtime_api.h>

#include "device/cuda/conv3x3.h"
#include "device/cuda/conv3x3_weight_gradient.h"

namespace sr {

/// The kernels of conv3x3.cu, compiled for one device and type of elements, and with or without a
/// PReLU before the convolution (conv3x3::Prelu). Work is queued on the device's current stream.
/// All throw KernelFault, and c10::Error where memory is what lacks.
class ConvKernels {
 public:
  /// With `gradient`, the data gradient.
  void convolve(const conv3x3::Convolution& problem, bool gradient) const;
  /// parts [splits, outputs, 3, 3, inputs].
  void weight_gradient(const conv3x3::WeightGradient& problem, unsigned splits) const;
  /// total [outputs, inputs, 3, 3] := the sum of a weight gradient's parts over splits, in order.
  void sum_parts(const conv3x3::WeightGradient& problem, unsigned splits, float* total) const;
  /// Keeps the stream busy, so that what is queued behind it waits for nobody.
  void occupy(long long cycles) const;

 private:
  friend const ConvKernels& conv_kernels(int device, c10::ScalarType type, bool prelu);
  ConvKernels(int device, c10::ScalarType type, bool prelu);

  cudaKernel_t convolve_, data_gradient_, weight_gradient_, sum_parts_, occupy_;
};

/// Whether the device has the instructions that the kernels are made of.
bool has_conv_kernels(int device);

/// Compiles them at the first call for a device, type (bfloat16 or float16) and `prelu`, in some
/// seconds, which is tried once: KernelFault every time if that fails. Any thread may call.
const ConvKernels& conv_kernels(int device, c10::ScalarType type, bool prelu);

}  // namespace sr
