#include "nn/kept_values.h"

#include <torch/torch.h>

#include <algorithm>
#include <cstring>

namespace sr {
namespace {

bool is_reshaped(const at::Tensor& tensor, const at::Tensor& values) {
  return tensor.sizes() != values.sizes() || tensor.scalar_type() != values.scalar_type();
}

/// NaN equals itself here.
bool has_bytes_of(const at::Tensor& tensor, const at::Tensor& values) {
  const at::Tensor mine = tensor.detach().cpu().contiguous();
  const at::Tensor theirs = values.cpu().contiguous();
  return mine.nbytes() == 0 ||
         std::memcmp(mine.const_data_ptr(), theirs.const_data_ptr(), mine.nbytes()) == 0;
}

}  // namespace

KeptValues::KeptValues(const NamedTensors& tensors) {
  for (const NamedTensor& named : tensors) {
    kept_.push_back({named.name, named.tensor, named.tensor.detach().clone()});
  }
}

void KeptValues::restore() const {
  const at::NoGradGuard no_grad;
  for (const Kept& kept : kept_) {
    at::Tensor(kept.tensor).copy_(kept.values);
  }
}

std::string KeptValues::changed() const {
  const auto differs = [](const Kept& kept) {
    return is_reshaped(kept.tensor, kept.values) || !has_bytes_of(kept.tensor, kept.values);
  };
  const auto found = std::ranges::find_if(kept_, differs);
  return found == kept_.end() ? "" : found->name;
}

std::string KeptValues::reshaped() const {
  const auto differs = [](const Kept& kept) { return is_reshaped(kept.tensor, kept.values); };
  const auto found = std::ranges::find_if(kept_, differs);
  return found == kept_.end() ? "" : found->name;
}

}  // namespace sr
