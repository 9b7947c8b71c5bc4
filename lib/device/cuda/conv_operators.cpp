// The operators sr::conv_leaky_relu ... (lib/nn/dense_convolutions.h says what they do) for CUDA
// tensors: by own kernels where ConvolutionChoice says so, otherwise by LibTorch's convolutions and
// the kernels of feature_kernels.cu behind them.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include <ATen/Context.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <c10/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGraphsC10Utils.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "device/cuda/conv_kernels.h"
#include "device/cuda/convolution_choice.h"
#include "device/cuda/feature_operators.h"
#include "device/cuda/pixel_layout.h"

namespace sr {
namespace {

using Operation = ConvolutionProblem::Operation;

/// Features or a gradient, and the sums [k, C] that came out beside it, if any.
struct Result {
  at::Tensor result, sums;
  // NOLINTNEXTLINE(google-explicit-constructor): most results are a tensor
  Result(at::Tensor all, at::Tensor beside = {})
      : result(std::move(all)), sums(std::move(beside)) {}
};

/// One of two ways to compute something. It writes to `place` and returns that, or returns a tensor
/// of its own where `place` is undefined.
using Way = std::function<Result(at::Tensor place)>;

/// Sizes that say, beside those of the results, how far two ways may be apart.
struct Addends {
  double largest;               ///< magnitude of what is added to a convolution
  std::vector<double> of_sums;  ///< [k]: root of the squares of what a channel adds up, at most
  // NOLINTNEXTLINE(google-explicit-constructor): most results come without sums
  Addends(double most, std::vector<double> beside = {})
      : largest(most), of_sums(std::move(beside)) {}
};

ConvolutionChoice& choice() {
  // Never destroyed: a thread of autograd may still ask at the end.
  static auto& one = *new ConvolutionChoice([](const std::string& text) { TORCH_WARN(text); });
  return one;
}

OwnConvolutions wanted() {
  const auto word = own_convolutions_of(std::getenv("SR_OWN_CONVOLUTIONS"));
  TORCH_CHECK(word.has_value(), "SR_OWN_CONVOLUTIONS must be off, on or auto");
  return *word;
}

/// Of its magnitudes; not a number where one is not.
double largest(const at::Tensor& t) {
  return at::linalg_vector_norm(t, std::numeric_limits<double>::infinity()).item<double>();
}

/// In pieces: a trial is to take little memory.
double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  double result = 0;
  for (std::int64_t image = 0; image < a.size(0); ++image) {
    const double here = largest(a[image].to(at::kFloat).sub_(b[image].to(at::kFloat)));
    // What is not a number stays.
    result = here <= result ? result : here;
  }
  return result;
}

/// Milliseconds of the device for one call.
double time_of(const Way& way, const at::Tensor& place, const ConvKernels& kernels) {
  // The device is busy until all is queued: what is measured is its time, not the host's.
  constexpr long long kWhileQueuing = 400'000;  // cycles, some 0.2 ms
  c10::cuda::CUDAEvent begin(cudaEventDefault), end(cudaEventDefault);
  kernels.occupy(kWhileQueuing);
  begin.record();
  way(place);
  end.record();
  end.synchronize();
  return begin.elapsed_time(end);
}

/// Own kernels round a result to `type` once; others round the sum of products, too, before the
/// rest is added to it. Each of these 3 roundings is off by half a unit in the last place of a
/// value no larger than the result and the addend together. 1 more is for the order of float32
/// sums, and the double of all that for algorithms of cuDNN that transform what they multiply
/// (Winograd). A result from a wrong place is off by as much as results are large.
///
/// A sum of what one way has rounded and the other has not is off by as much in proportion, if all
/// that it adds up is alike; roundings that have nothing to do with each other add up like squares,
/// and their root is `addend`.
double bound_of(const at::Tensor& result, double addend, c10::ScalarType type) {
  constexpr double kRoundings = 8;
  const bool bf16 = type == c10::kBFloat16;
  const double half_a_unit = std::ldexp(1.0, bf16 ? -8 : -11);
  const double half_of_smallest = std::ldexp(1.0, bf16 ? -134 : -25);
  const double size = largest(result);
  return size > 0 ? kRoundings * (half_a_unit * (size + addend) + half_of_smallest) : 0;
}

/// Of a trial's comparisons the one farthest from right; one that tells nothing stays.
void compare(ConvolutionTrial& trial, double difference, double bound) {
  const bool tells = trial.bound > 0 && std::isfinite(trial.bound);
  const bool wrong = std::isnan(trial.difference);
  if (tells && !wrong && !(difference * trial.bound <= trial.difference * bound)) {
    trial.difference = difference;
    trial.bound = bound;
  }
}

/// Both ways on places of their own.
ConvolutionTrial trial_of(const ConvolutionProblem& problem, const Way& own, const Way& others,
                          const at::Tensor& place, const std::function<Addends()>& addends) {
  const c10::ScalarType type = problem.bf16 ? c10::kBFloat16 : c10::kHalf;
  const ConvKernels& kernels = conv_kernels(problem.device, type, problem.of_prelu());
  const auto copy = [&] {
    return place.defined() ? place.clone(at::MemoryFormat::ChannelsLast) : place;
  };
  const at::Tensor own_place = copy();
  const at::Tensor other_place = copy();
  ConvolutionTrial trial;
  {
    const Addends added = addends();
    const Result expected = others(other_place);
    const Result found = own(own_place);
    trial.bound = bound_of(expected.result, added.largest, type);
    trial.difference = largest_difference(found.result, expected.result);
    for (std::size_t k = 0; k < added.of_sums.size(); ++k) {
      const auto row = static_cast<std::int64_t>(k);
      compare(trial, largest(found.sums[row].sub(expected.sums[row])),
              bound_of(expected.sums[row], added.of_sums[k], type));
    }
  }
  constexpr std::size_t kTimes = 5;
  std::array<double, kTimes> own_ms{}, others_ms{};
  for (std::size_t i = 0; i < kTimes; ++i) {
    own_ms[i] = time_of(own, own_place, kernels);
    others_ms[i] = time_of(others, other_place, kernels);
  }
  const auto median = [](std::array<double, kTimes>& all) {
    std::nth_element(all.begin(), all.begin() + kTimes / 2, all.end());
    return all[kTimes / 2];
  };
  trial.own_ms = median(own_ms);
  trial.others_ms = median(others_ms);
  return trial;
}

constexpr std::int64_t kMostElements = std::int64_t{1} << 31;

bool fits(const at::Tensor& t) {
  return t.dim() == 4 && t.numel() > 0 && t.numel() < kMostElements &&
         t.size(1) % conv3x3::kGroup == 0 && is_aligned(t, pixel_stride(t));
}

/// What own kernels take: [N, inputs, H, W] and [N, outputs, H, W] with weights between them.
/// `of_outputs` is undefined where it is yet to be made.
bool supported(const at::Tensor& of_inputs, const at::Tensor& of_outputs,
               const at::Tensor& weight) {
  const c10::ScalarType type = of_inputs.scalar_type();
  constexpr std::int64_t kMostGroups = 65535;  // of a grid's second dimension
  const std::int64_t inputs = of_inputs.size(1);
  const std::int64_t outputs = weight.size(0);
  return (type == c10::kBFloat16 || type == c10::kHalf) && weight.scalar_type() == type &&
         weight.sizes() == at::IntArrayRef({outputs, inputs, 3, 3}) &&
         weight.numel() < kMostElements && fits(of_inputs) && outputs % conv3x3::kGroup == 0 &&
         of_inputs.numel() / inputs * outputs < kMostElements &&
         (!of_outputs.defined() || (of_outputs.scalar_type() == type && fits(of_outputs) &&
                                    of_outputs.size(1) == outputs)) &&
         outputs / conv3x3::kGroup * (inputs / conv3x3::kGroup) <= kMostGroups &&
         has_conv_kernels(of_inputs.device().index());
}

/// The result of `own` or `others`, for a problem met here and now.
Result computed(Operation operation, const at::Tensor& of_inputs, const at::Tensor& of_outputs,
                const at::Tensor& weight, const at::Tensor& place,
                const std::function<Addends()>& addends, const Way& own, const Way& others) {
  const at::Context& context = at::globalContext();
  const ConvolutionMeeting meeting{
      .supported = supported(of_inputs, of_outputs, weight),
      .deterministic = context.deterministicAlgorithms() || context.deterministicCuDNN(),
      .fastest = context.benchmarkCuDNN(),
      .capturing =
          c10::cuda::currentStreamCaptureStatusMayInitCtx() != c10::cuda::CaptureStatus::None};
  const ConvolutionProblem problem{
      .operation = operation,
      .extent = {of_inputs.size(0), of_inputs.size(2), of_inputs.size(3)},
      .inputs = of_inputs.size(1),
      .outputs = weight.size(0),
      .bf16 = of_inputs.scalar_type() == c10::kBFloat16,
      .device = of_inputs.device().index()};
  if (choice().own(problem, meeting, wanted(),
                   [&] { return trial_of(problem, own, others, place, addends); })) {
    try {
      return own(place);
    } catch (const KernelFault& fault) {
      choice().give_up(fault);
    }
  }
  return others(place);
}

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
  const Way own = [&](const at::Tensor& place) {
    const at::Tensor weights = packed(weight);
    conv3x3::Convolution problem = convolution(input, weights, place);
    problem.bias = bias.const_data_ptr<float>();
    problem.leaky = 1;
    problem.factor = static_cast<float>(slope);
    kernels_for(input).convolve(problem, /*gradient=*/false);
    return place;
  };
  const Way others = [&](at::Tensor place) {
    bias_leaky_relu(convolved(input, weight), bias, slope, place);
    return place;
  };
  computed(
      Operation::kLeakyRelu, input, out, weight, out, [&] { return largest(bias); }, own, others);
}

at::Tensor conv_scale_add(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                          double scale, const at::Tensor& features) {
  const c10::cuda::CUDAGuard guard(input.device());
  const Way own = [&](const at::Tensor& /*place*/) {
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
  const Way others = [&](const at::Tensor& /*place*/) {
    return bias_scale_add(convolved(input, weight), bias, scale, features);
  };
  return computed(
             Operation::kScaleAdd, input, features, weight, {},
             [&] { return largest(features) + scale * largest(bias); }, own, others)
      .result;
}

at::Tensor conv_data_gradient(const at::Tensor& gradient, const at::Tensor& input,
                              const at::Tensor& weight) {
  const c10::cuda::CUDAGuard guard(gradient.device());
  const Way own = [&](const at::Tensor& /*place*/) {
    const at::Tensor weights = packed(weight);
    at::Tensor out = like_pixels(input);
    kernels_for(gradient).convolve(convolution(gradient, weights, out), /*gradient=*/true);
    return out;
  };
  const Way others = [&](const at::Tensor& /*place*/) {
    return dense(gradients_of(gradient, input, weight, /*of_input=*/true, /*of_weight=*/false)[0]);
  };
  return computed(
             Operation::kDataGradient, input, gradient, weight, {}, [] { return 0.0; }, own, others)
      .result;
}

// NOLINTNEXTLINE(misc-const-correctness): its callers name this signature to the dispatcher
void add_conv_data_gradient(const at::Tensor& gradient, const at::Tensor& input,
                            const at::Tensor& weight, at::Tensor& sum) {
  const c10::cuda::CUDAGuard guard(gradient.device());
  const Way own = [&](const at::Tensor& place) {
    const at::Tensor weights = packed(weight);
    conv3x3::Convolution problem = convolution(gradient, weights, place);
    problem.addend = problem.output;
    problem.addend_stride = problem.output_stride;
    kernels_for(gradient).convolve(problem, /*gradient=*/true);
    return place;
  };
  const Way others = [&](const at::Tensor& place) {
    return place.add_(
        gradients_of(gradient, input, weight, /*of_input=*/true, /*of_weight=*/false)[0]);
  };
  computed(
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
  const Way own = [&](const at::Tensor& /*place*/) {
    return own_weight_gradient(gradient, input, weight, /*prelu=*/nullptr);
  };
  const Way others = [&](const at::Tensor& /*place*/) {
    return gradients_of(gradient, input, weight, /*of_input=*/false, /*of_weight=*/true)[1];
  };
  return computed(
             Operation::kWeightGradient, input, gradient, weight, {}, [] { return 0.0; }, own,
             others)
      .result;
}

at::Tensor prelu_conv(const at::Tensor& features, const at::Tensor& bias, const at::Tensor& slope,
                      const at::Tensor& weight) {
  const c10::cuda::CUDAGuard guard(features.device());
  const Way own = [&](const at::Tensor& /*place*/) {
    const at::Tensor weights = packed(weight);
    at::Tensor out =
        at::empty({features.size(0), weight.size(0), features.size(2), features.size(3)},
                  features.options().memory_format(at::MemoryFormat::ChannelsLast));
    conv3x3::Convolution problem = convolution(features, weights, out);
    problem.prelu = prelu_of(bias, slope);
    kernels_for(features, /*prelu=*/true).convolve(problem, /*gradient=*/false);
    return out;
  };
  const Way others = [&](const at::Tensor& /*place*/) {
    return dense(convolved(bias_prelu(features, bias, slope), weight));
  };
  return computed(
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
  const Way own = [&](const at::Tensor& /*place*/) {
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
    return Result(out, sum_of_rows(parts).view({2, features.size(1)}));
  };
  const Way others = [&](const at::Tensor& /*place*/) {
    const auto [of_features, sums] = bias_prelu_backward(features, bias, slope, of_activated());
    return Result(of_features, sums);
  };
  const Result found = computed(
      Operation::kOfPreluDataGradient, features, gradient, weight, {},
      [&] {
        const double of_channel = largest(
            at::linalg_vector_norm(of_activated(), 2, {0, 2, 3}, /*keepdim=*/false, at::kFloat));
        return Addends(0, {of_channel * std::max(1.0, largest(slope)),
                           of_channel * (largest(features) + largest(bias))});
      },
      own, others);
  return {found.result, found.sums};
}

at::Tensor prelu_conv_weight_gradient(const at::Tensor& gradient, const at::Tensor& features,
                                      const at::Tensor& bias, const at::Tensor& slope,
                                      const at::Tensor& weight) {
  const c10::cuda::CUDAGuard guard(gradient.device());
  const Way own = [&](const at::Tensor& /*place*/) {
    const conv3x3::Prelu prelu = prelu_of(bias, slope);
    return own_weight_gradient(gradient, features, weight, &prelu);
  };
  const Way others = [&](const at::Tensor& /*place*/) {
    return gradients_of(gradient, bias_prelu(features, bias, slope), weight, /*of_input=*/false,
                        /*of_weight=*/true)[1];
  };
  return computed(
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
