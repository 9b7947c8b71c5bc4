// The operators sr::conv_leaky_relu ... (lib/nn/dense_convolutions.h says what they do) for CUDA
// tensors: by own kernels where convolution_ways.h says so, otherwise by LibTorch's convolutions
// and the kernels of feature_kernels.cu behind them.

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>

#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "device/cuda/conv_kernels.h"
#include "device/cuda/convolution_ways.h"
#include "device/cuda/feature_operators.h"
#include "device/cuda/pixel_layout.h"

namespace sr {
namespace {

using Operation = ConvolutionProblem::Operation;

const ConvKernels& kernels_for(const at::Tensor& t, bool prelu = false) {
  return conv_kernels(t.device().index(), t.scalar_type(), prelu);
}

conv3x3::Extent extent_of(const at::Tensor& t) {
  return {static_cast<unsigned>(t.size(0)), static_cast<unsigned>(t.size(2)),
          static_cast<unsigned>(t.size(3))};
}

/// [outputs, 3, 3, inputs] in memory.
at::Tensor packed(const at::Tensor& weight) {
  return weight.contiguous(at::MemoryFormat::ChannelsLast);
}

/// Without what comes behind the sum of products. `weight` is packed and outlives the launch.
conv3x3::Convolution convolution(const at::Tensor& input, const at::Tensor& weight,
                                 const at::Tensor& output) {
  conv3x3::Convolution problem{};
  problem.input = input.const_data_ptr();
  problem.input_stride = checked_stride(input);
  problem.weight = weight.const_data_ptr();
  problem.output = output.mutable_data_ptr();
  problem.output_stride = checked_stride(output);
  problem.outputs = static_cast<unsigned>(weight.size(0));
  problem.inputs = static_cast<unsigned>(weight.size(1));
  problem.factor = 1;
  problem.extent = extent_of(input);
  return problem;
}

conv3x3::Prelu prelu_of(const at::Tensor& bias, const at::Tensor& slope) {
  conv3x3::Prelu prelu{};
  prelu.bias = bias.const_data_ptr<float>();
  prelu.slope = slope.const_data_ptr<float>();
  return prelu;
}

at::TensorOptions of_floats(const at::Tensor& like) {
  return like.options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous);
}

at::Tensor dense(const at::Tensor& t) {
  return t.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor convolved(const at::Tensor& input, const at::Tensor& weight) {
  return at::conv2d(dense(input), weight, /*bias=*/{}, /*stride=*/1, /*padding=*/1);
}

/// LibTorch's gradients of the input and of the weight, as far as they are wanted.
std::array<at::Tensor, 2> gradients_of(const at::Tensor& gradient, const at::Tensor& input,
                                       const at::Tensor& weight, bool of_input, bool of_weight) {
  auto [grad_input, grad_weight, none] = at::convolution_backward(
      gradient, of_weight ? dense(input) : input, weight, at::IntArrayRef{weight.size(0)},
      /*stride=*/{1, 1}, /*padding=*/{1, 1}, /*dilation=*/{1, 1}, /*transposed=*/false,
      /*output_padding=*/{0, 0}, /*groups=*/1, {of_input, of_weight, false});
  return {grad_input, grad_weight};
}

// NOLINTNEXTLINE(misc-const-correctness): its callers name this signature to the dispatcher
void conv_leaky_relu(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                     double slope, at::Tensor& out) {
  const c10::cuda::CUDAGuard guard(input.device());
  const ConvolutionWay own = [&](const at::Tensor& place) {
    const at::Tensor weights = packed(weight);
    conv3x3::Convolution problem = convolution(input, weights, place);
    problem.bias = bias.const_data_ptr<float>();
    problem.leaky = 1;
    problem.factor = static_cast<float>(slope);
    kernels_for(input).convolve(problem, /*gradient=*/false);
    return place;
  };
  const ConvolutionWay others = [&](at::Tensor place) {
    bias_leaky_relu(convolved(input, weight), bias, slope, place);
    return place;
  };
  computed_convolution(
      Operation::kLeakyRelu, input, out, weight, out, [&] { return largest(bias); }, own, others);
}

at::Tensor conv_scale_add(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                          double scale, const at::Tensor& features) {
  const c10::cuda::CUDAGuard guard(input.device());
  const ConvolutionWay own = [&](const at::Tensor& /*place*/) {
    const at::Tensor weights = packed(weight);
    at::Tensor out = like_pixels(features);
    conv3x3::Convolution problem = convolution(input, weights, out);
    problem.bias = bias.const_data_ptr<float>();
    problem.addend = features.const_data_ptr();
    problem.addend_stride = checked_stride(features);
    problem.factor = static_cast<float>(scale);
    kernels_for(input).convolve(problem, /*gradient=*/false);
    return out;
  };
  const ConvolutionWay others = [&](const at::Tensor& /*place*/) {
    return bias_scale_add(convolved(input, weight), bias, scale, features);
  };
  return computed_convolution(
             Operation::kScaleAdd, input, features, weight, {},
             [&] { return largest(features) + scale * largest(bias); }, own, others)
      .result;
}

at::Tensor conv_data_gradient(const at::Tensor& gradient, const at::Tensor& input,
                              const at::Tensor& weight) {
  const c10::cuda::CUDAGuard guard(gradient.device());
  const ConvolutionWay own = [&](const at::Tensor& /*place*/) {
    const at::Tensor weights = packed(weight);
    at::Tensor out = like_pixels(input);
    kernels_for(gradient).convolve(convolution(gradient, weights, out), /*gradient=*/true);
    return out;
  };
  const ConvolutionWay others = [&](const at::Tensor& /*place*/) {
    return dense(gradients_of(gradient, input, weight, /*of_input=*/true, /*of_weight=*/false)[0]);
  };
  return computed_convolution(
             Operation::kDataGradient, input, gradient, weight, {}, [] { return 0.0; }, own, others)
      .result;
}

// NOLINTNEXTLINE(misc-const-correctness): its callers name this signature to the dispatcher
void add_conv_data_gradient(const at::Tensor& gradient, const at::Tensor& input,
                            const at::Tensor& weight, at::Tensor& sum) {
  const c10::cuda::CUDAGuard guard(gradient.device());
  const ConvolutionWay own = [&](const at::Tensor& place) {
    const at::Tensor weights = packed(weight);
    conv3x3::Convolution problem = convolution(gradient, weights, place);
    problem.addend = problem.output;
    problem.addend_stride = problem.output_stride;
    kernels_for(gradient).convolve(problem, /*gradient=*/true);
    return place;
  };
  const ConvolutionWay others = [&](const at::Tensor& place) {
    return place.add_(
        gradients_of(gradient, input, weight, /*of_input=*/true, /*of_weight=*/false)[0]);
  };
  computed_convolution(
      Operation::kAddedDataGradient, sum, gradient, weight, sum, [&] { return largest(sum); }, own,
      others);
}

/// How many sums a weight gradient is split into: enough blocks for a large card, few enough that
/// their sums are little beside the products. It depends on the sizes alone, as do the bits.
unsigned splits_for(const conv3x3::WeightGradient& problem) {
  constexpr unsigned kBlocks = 128;
  const unsigned groups = problem.outputs / conv3x3::kGroup * (problem.inputs / conv3x3::kGroup);
  return std::clamp(kBlocks / groups, 1U, conv3x3::tiles_of(problem.extent));
}

/// By own kernels, in float32.
at::Tensor own_weight_gradient(const at::Tensor& gradient, const at::Tensor& input,
                               const at::Tensor& weight, const conv3x3::Prelu* prelu) {
  conv3x3::WeightGradient problem{};
  problem.input = input.const_data_ptr();
  problem.input_stride = checked_stride(input);
  problem.gradient = gradient.const_data_ptr();
  problem.gradient_stride = checked_stride(gradient);
  problem.outputs = static_cast<unsigned>(weight.size(0));
  problem.inputs = static_cast<unsigned>(weight.size(1));
  problem.extent = extent_of(input);
  if (prelu != nullptr) {
    problem.prelu = *prelu;
  }
  const unsigned splits = splits_for(problem);
  const auto options = of_floats(gradient);
  const at::Tensor parts = at::empty({splits, weight.numel()}, options);
  problem.parts = parts.mutable_data_ptr<float>();
  at::Tensor total = at::empty(weight.sizes(), options);
  const ConvKernels& kernels = kernels_for(gradient, prelu != nullptr);
  kernels.weight_gradient(problem, splits);
  kernels.sum_parts(problem, splits, total.mutable_data_ptr<float>());
  return total;
}

at::Tensor conv_weight_gradient(const at::Tensor& gradient, const at::Tensor& input,
                                const at::Tensor& weight) {
  const c10::cuda::CUDAGuard guard(gradient.device());
  const ConvolutionWay own = [&](const at::Tensor& /*place*/) {
    return own_weight_gradient(gradient, input, weight, /*prelu=*/nullptr);
  };
  const ConvolutionWay others = [&](const at::Tensor& /*place*/) {
    return gradients_of(gradient, input, weight, /*of_input=*/false, /*of_weight=*/true)[1];
  };
  return computed_convolution(
             Operation::kWeightGradient, input, gradient, weight, {}, [] { return 0.0; }, own,
             others)
      .result;
}

at::Tensor prelu_conv(const at::Tensor& features, const at::Tensor& bias, const at::Tensor& slope,
                      const at::Tensor& weight) {
  const c10::cuda::CUDAGuard guard(features.device());
  const ConvolutionWay own = [&](const at::Tensor& /*place*/) {
    const at::Tensor weights = packed(weight);
    at::Tensor out =
        at::empty({features.size(0), weight.size(0), features.size(2), features.size(3)},
                  features.options().memory_format(at::MemoryFormat::ChannelsLast));
    conv3x3::Convolution problem = convolution(features, weights, out);
    problem.prelu = prelu_of(bias, slope);
    kernels_for(features, /*prelu=*/true).convolve(problem, /*gradient=*/false);
    return out;
  };
  const ConvolutionWay others = [&](const at::Tensor& /*place*/) {
    return dense(convolved(bias_prelu(features, bias, slope), weight));
  };
  return computed_convolution(
             Operation::kOfPrelu, features, /*of_outputs=*/{}, weight, {}, [] { return 0.0; }, own,
             others)
      .result;
}

std::tuple<at::Tensor, at::Tensor> prelu_conv_data_gradient(const at::Tensor& gradient,
                                                            const at::Tensor& features,
                                                            const at::Tensor& bias,
                                                            const at::Tensor& slope,
                                                            const at::Tensor& weight) {
  const c10::cuda::CUDAGuard guard(gradient.device());
  const auto of_activated = [&] {
    return dense(
        gradients_of(gradient, features, weight, /*of_input=*/true, /*of_weight=*/false)[0]);
  };
  const ConvolutionWay own = [&](const at::Tensor& /*place*/) {
    const at::Tensor weights = packed(weight);
    at::Tensor out = like_pixels(features);
    conv3x3::Convolution problem = convolution(gradient, weights, out);
    const at::Tensor parts =
        at::empty({conv3x3::tiles_of(problem.extent), 2 * features.size(1)}, of_floats(features));
    problem.prelu = prelu_of(bias, slope);
    problem.prelu.features = features.const_data_ptr();
    problem.prelu.features_stride = checked_stride(features);
    problem.prelu.sums = parts.mutable_data_ptr<float>();
    kernels_for(features, /*prelu=*/true).convolve(problem, /*gradient=*/true);
    return ConvolutionResult(out, sum_of_rows(parts).view({2, features.size(1)}));
  };
  const ConvolutionWay others = [&](const at::Tensor& /*place*/) {
    const auto [of_features, sums] = bias_prelu_backward(features, bias, slope, of_activated());
    return ConvolutionResult(of_features, sums);
  };
  const ConvolutionResult found = computed_convolution(
      Operation::kOfPreluDataGradient, features, gradient, weight, {},
      [&] {
        const double of_channel = largest(
            at::linalg_vector_norm(of_activated(), 2, {0, 2, 3}, /*keepdim=*/false, at::kFloat));
        return ConvolutionAddends(0, {of_channel * std::max(1.0, largest(slope)),
                                      of_channel * (largest(features) + largest(bias))});
      },
      own, others);
  return {found.result, found.sums};
}

at::Tensor prelu_conv_weight_gradient(const at::Tensor& gradient, const at::Tensor& features,
                                      const at::Tensor& bias, const at::Tensor& slope,
                                      const at::Tensor& weight) {
  const c10::cuda::CUDAGuard guard(gradient.device());
  const ConvolutionWay own = [&](const at::Tensor& /*place*/) {
    const conv3x3::Prelu prelu = prelu_of(bias, slope);
    return own_weight_gradient(gradient, features, weight, &prelu);
  };
  const ConvolutionWay others = [&](const at::Tensor& /*place*/) {
    return gradients_of(gradient, bias_prelu(features, bias, slope), weight, /*of_input=*/false,
                        /*of_weight=*/true)[1];
  };
  return computed_convolution(
             Operation::kOfPreluWeightGradient, features, gradient, weight, {}, [] { return 0.0; },
             own, others)
      .result;
}

}  // namespace
}  // namespace sr

TORCH_LIBRARY_FRAGMENT(sr, library) {
  library.def(
      "conv_leaky_relu(Tensor input, Tensor weight, Tensor bias, float slope, Tensor(a!) out) -> "
      "()");
  library.def(
      "conv_scale_add(Tensor input, Tensor weight, Tensor bias, float scale, Tensor features) -> "
      "Tensor");
  library.def("conv_data_gradient(Tensor gradient, Tensor input, Tensor weight) -> Tensor");
  library.def(
      "add_conv_data_gradient(Tensor gradient, Tensor input, Tensor weight, Tensor(a!) sum) -> ()");
  library.def("conv_weight_gradient(Tensor gradient, Tensor input, Tensor weight) -> Tensor");
  library.def("prelu_conv(Tensor features, Tensor bias, Tensor slope, Tensor weight) -> Tensor");
  library.def(
      "prelu_conv_data_gradient(Tensor gradient, Tensor features, Tensor bias, Tensor slope, "
      "Tensor weight) -> (Tensor, Tensor)");
  library.def(
      "prelu_conv_weight_gradient(Tensor gradient, Tensor features, Tensor bias, Tensor slope, "
      "Tensor weight) -> Tensor");
}

TORCH_LIBRARY_IMPL(sr, CUDA, library) {
  library.impl("conv_leaky_relu", &sr::conv_leaky_relu);
  library.impl("conv_scale_add", &sr::conv_scale_add);
  library.impl("conv_data_gradient", &sr::conv_data_gradient);
  library.impl("add_conv_data_gradient", &sr::add_conv_data_gradient);
  library.impl("conv_weight_gradient", &sr::conv_weight_gradient);
  library.impl("prelu_conv", &sr::prelu_conv);
  library.impl("prelu_conv_data_gradient", &sr::prelu_conv_data_gradient);
  library.impl("prelu_conv_weight_gradient", &sr::prelu_conv_weight_gradient);
}
