#include "optim/row_norms.h"

#include <numeric>
#include <utility>

#include <ATen/ATen.h>

namespace sr {

RowNorms::RowNorms(const std::vector<at::Tensor>& tensors) {
  std::int64_t rows = 0;
  for (const at::Tensor& tensor : tensors) {
    Part part{tensor.dim() < 2 ? tensor.view({-1, 1}) : tensor, {}, {}};
    part.all_but_first.resize(static_cast<std::size_t>(part.values.dim() - 1));
    std::iota(part.all_but_first.begin(), part.all_but_first.end(), std::int64_t{1});
    rows += part.values.size(0);
    parts_.push_back(std::move(part));
  }
  all_ = at::zeros({rows}, tensors.front().options());
  rows = 0;
  for (Part& part : parts_) {
    part.norms = all_.narrow(0, rows, part.values.size(0));
    rows += part.values.size(0);
  }
}

void RowNorms::run() {
  for (Part& part : parts_) {
    at::linalg_vector_norm_out(part.norms, part.values, 2, part.all_but_first);
  }
}

}  // namespace sr
