#include "device/weight_gradients.h"

#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/convolution_backward_compositeexplicitautograd_dispatch.h>
#include <torch/library.h>

#include "device/has_threads.h"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace sr {
namespace {

using Gradients = std::tuple<at::Tensor, at::Tensor, at::Tensor>;  // of input, weight and bias

/// A convolution that was computed, and the gradient of what it made.
struct Convolution {
  const at::Tensor& grad_output;
  const at::Tensor& input;
  const at::Tensor& weight;
  at::OptionalIntArrayRef bias_sizes;
  at::IntArrayRef stride, padding, dilation;
  bool transposed;
  at::IntArrayRef output_padding;
  std::int64_t groups;

  /// LibTorch's own, of `count` samples from `first` on.
  Gradients gradients(std::int64_t first, std::int64_t count, std::array<bool, 3> wanted) const {
    return at::compositeexplicitautograd::convolution_backward(
        grad_output.narrow(0, first, count), input.narrow(0, first, count), weight, bias_sizes,
        stride, padding, dilation, transposed, output_padding, groups, wanted);
  }
};

#ifdef _OPENMP
/// While it lives, what the calling thread begins has one OpenMP thread. Inside a parallel region
/// oneDNN would otherwise plan for as many as outside, of which all but one never come.
class OneThread {
 public:
  OneThread() {
    at::get_num_threads();  // in its first call LibTorch sets a thread's number to that of all
    omp_set_num_threads(1);
  }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  const int before_ = omp_get_max_threads();
};
#else
struct OneThread {};
#endif

/// LibTorch computes smaller inputs without oneDNN when it has one thread.
constexpr std::int64_t kSmallInput = 20480;

/// Parts that a convolution's batch is cut into; 1 where it is left to LibTorch.
std::int64_t parts_of(const Convolution& of, bool weight_wanted) {
  const std::int64_t threads = at::get_num_threads();
  const bool taken = weight_wanted && threads > 1 && !at::in_parallel_region() && kHasThreads &&
                     !of.transposed && of.groups == 1 && of.input.dim() == 4 &&
                     of.input.size(0) % threads == 0 && of.input.numel() > kSmallInput * threads;
  return taken ? threads : 1;
}

Gradients convolution_backward(const at::Tensor& grad_output, const at::Tensor& input,
                               const at::Tensor& weight, at::OptionalIntArrayRef bias_sizes,
                               at::IntArrayRef stride, at::IntArrayRef padding,
                               at::IntArrayRef dilation, bool transposed,
                               at::IntArrayRef output_padding, std::int64_t groups,
                               std::array<bool, 3> wanted) {
  const Convolution of{grad_output, input,    weight,     bias_sizes,     stride,
                       padding,     dilation, transposed, output_padding, groups};
  const std::int64_t samples = input.dim() > 0 ? input.size(0) : 0;
  const std::int64_t parts = parts_of(of, wanted[1]);
  if (parts == 1) {
    return at::compositeexplicitautograd::convolution_backward(
        grad_output, input, weight, bias_sizes, stride, padding, dilation, transposed,
        output_padding, groups, wanted);
  }
  Gradients result;
  if (wanted[0]) {
    result = of.gradients(0, samples, {true, false, false});
  }
  std::vector<Gradients> of_part(static_cast<std::size_t>(parts));
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    [[maybe_unused]] const OneThread alone;
    for (std::int64_t part = begin; part < end; ++part) {
      of_part[static_cast<std::size_t>(part)] =
          of.gradients(part * (samples / parts), samples / parts, {false, true, wanted[2]});
    }
  });
  std::get<1>(result) = std::get<1>(of_part.front());
  std::get<2>(result) = std::get<2>(of_part.front());
  for (std::size_t part = 1; part < of_part.size(); ++part) {
    std::get<1>(result).add_(std::get<1>(of_part[part]));
    if (wanted[2]) {
      std::get<2>(result).add_(std::get<2>(of_part[part]));
    }
  }
  return result;
}

}  // namespace

void split_weight_gradients() {
  // Never destroyed, as a process may end while a thread computes; volatile, as leak checkers look
  // for the pointer.
  static const torch::Library* volatile registration = [] {
    auto* const library =
        new torch::Library(torch::Library::IMPL, "aten", c10::DispatchKey::CPU, __FILE__, __LINE__);
    library->impl("convolution_backward", convolution_backward);
    return library;
  }();
  static_cast<void>(registration);
}

}  // namespace sr
