#pragma once

#include <functional>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "device/cuda/convolution_choice.h"

namespace sr {

/// Features or a gradient, and the sums [k, C] that came out beside it, if any.
struct ConvolutionResult {
  at::Tensor result, sums;
  // NOLINTNEXTLINE(google-explicit-constructor): most results are a tensor
  ConvolutionResult(at::Tensor all, at::Tensor beside = {})
      : result(std::move(all)), sums(std::move(beside)) {}
};

/// One of two ways to compute something. It writes to `place` and returns that, or returns a tensor
/// of its own where `place` is undefined.
using ConvolutionWay = std::function<ConvolutionResult(at::Tensor place)>;

/// Sizes that say, beside those of the results, how far two ways may be apart.
struct ConvolutionAddends {
  double largest;               ///< magnitude of what is added to a convolution
  std::vector<double> of_sums;  ///< [k]: root of the squares of what a channel adds up, at most
  // NOLINTNEXTLINE(google-explicit-constructor): most results come without sums
  ConvolutionAddends(double most, std::vector<double> beside = {})
      : largest(most), of_sums(std::move(beside)) {}
};

/// Of its magnitudes; not a number where one is not.
double largest(const at::Tensor& t);

/// The result of `own` or `others`, for a problem met here and now. `of_inputs` [N, inputs, H, W],
/// `of_outputs` [N, outputs, H, W] or undefined where it is yet to be made, `weight` between them;
/// `place`: what is written to, undefined where the ways make their own. `addends` is asked in a
/// trial alone.
ConvolutionResult computed_convolution(ConvolutionProblem::Operation operation,
                                       const at::Tensor& of_inputs, const at::Tensor& of_outputs,
                                       const at::Tensor& weight, const at::Tensor& place,
                                       const std::function<ConvolutionAddends()>& addends,
                                       const ConvolutionWay& own, const ConvolutionWay& others);

}  // namespace sr
