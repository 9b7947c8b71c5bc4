#include "optim/newton_schulz.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>

namespace sr {
namespace {

// The polynomial a x + b x^3 + c x^5 of singular values.
constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
constexpr double kSmallestNorm = 1e-7;

}  // namespace

NewtonSchulz::NewtonSchulz(std::vector<at::Tensor> matrices, int iterations)
    : iterations_(iterations) {
  const std::int64_t rows = matrices.front().size(0), columns = matrices.front().size(1);
  const double longer = static_cast<double>(rows) / static_cast<double>(columns);
  for (const at::Tensor& matrix : matrices) {
    // Of three dimensions: LibTorch copies a transposed matrix of two through memory of its own.
    matrices_.push_back((rows > columns ? matrix.t() : matrix).unsqueeze(0));
  }
  const auto count = static_cast<std::int64_t>(matrices.size());
  const std::int64_t low = std::min(rows, columns), high = std::max(rows, columns);
  const at::TensorOptions options = matrices.front().options();
  factor_ = at::full({}, std::sqrt(std::max(1.0, longer)), options);
  x_ = at::zeros({count, low, high}, options);
  other_ = at::zeros({count, low, high}, options);
  gram_ = at::zeros({count, low, low}, options);
  polynomial_ = at::zeros({count, low, low}, options);
  row_norms_ = at::zeros({count, low, 1}, options);
  norms_ = at::zeros({count, 1, 1}, options);
  // A library of matrix products takes its working space once, at the first product.
  at::bmm_out(gram_, x_, x_.transpose(1, 2));
}

void NewtonSchulz::run() {
  for (std::size_t i = 0; i < matrices_.size(); ++i) {
    x_.narrow(0, static_cast<std::int64_t>(i), 1).copy_(matrices_[i]);
  }
  // Rows first: reducing a large tensor to one number makes LibTorch allocate.
  at::linalg_vector_norm_out(row_norms_, x_, 2, at::IntArrayRef({2}), /*keepdim=*/true);
  at::linalg_vector_norm_out(norms_, row_norms_, 2, at::IntArrayRef({1}), /*keepdim=*/true);
  x_.div_(norms_.clamp_min_(kSmallestNorm));
  for (int i = 0; i < iterations_; ++i) {
    at::bmm_out(gram_, x_, x_.transpose(1, 2));
    at::baddbmm_out(polynomial_, gram_, gram_, gram_, kB, kC);
    at::baddbmm_out(other_, x_, polynomial_, x_, kA, 1);
    std::swap(x_, other_);
  }
  x_.mul_(factor_);
  for (std::size_t i = 0; i < matrices_.size(); ++i) {
    matrices_[i].copy_(x_.narrow(0, static_cast<std::int64_t>(i), 1));
  }
}

}  // namespace sr
