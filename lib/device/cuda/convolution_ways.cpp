#include "device/cuda/convolution_ways.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include <ATen/Context.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <c10/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGraphsC10Utils.h>

#include "device/cuda/conv_kernels.h"
#include "device/cuda/pixel_layout.h"

namespace sr {
namespace {

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
double time_of(const ConvolutionWay& way, const at::Tensor& place, const ConvKernels& kernels) {
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
ConvolutionTrial trial_of(const ConvolutionProblem& problem, const ConvolutionWay& own,
                          const ConvolutionWay& others, const at::Tensor& place,
                          const std::function<ConvolutionAddends()>& addends) {
  const c10::ScalarType type = problem.bf16 ? c10::kBFloat16 : c10::kHalf;
  const ConvKernels& kernels = conv_kernels(problem.device, type, problem.of_prelu());
  const auto copy = [&] {
    return place.defined() ? place.clone(at::MemoryFormat::ChannelsLast) : place;
  };
  const at::Tensor own_place = copy();
  const at::Tensor other_place = copy();
  ConvolutionTrial trial;
  {
    const ConvolutionAddends added = addends();
    const ConvolutionResult expected = others(other_place);
    const ConvolutionResult found = own(own_place);
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

}  // namespace

double largest(const at::Tensor& t) {
  return at::linalg_vector_norm(t, std::numeric_limits<double>::infinity()).item<double>();
}

ConvolutionResult computed_convolution(ConvolutionProblem::Operation operation,
                                       const at::Tensor& of_inputs, const at::Tensor& of_outputs,
                                       const at::Tensor& weight, const at::Tensor& place,
                                       const std::function<ConvolutionAddends()>& addends,
                                       const ConvolutionWay& own, const ConvolutionWay& others) {
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

}  // namespace sr
