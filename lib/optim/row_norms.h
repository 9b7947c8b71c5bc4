#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

/// L2 norms of the rows of tensors, which are all elements of one index of their first dimension;
/// of every element where there is one dimension or none. The first of two stages to the norm of
/// the whole: reducing a large tensor to one number makes LibTorch allocate a buffer for the
/// partial sums of its threads.
class RowNorms {
 public:
  /// `tensors` are on one device and of one type, and stay in place.
  explicit RowNorms(const std::vector<at::Tensor>& tensors);

  /// Measures all of them. Allocates nothing.
  void run();

  const at::Tensor& all() const { return all_; }                                   ///< 1-dim
  const at::Tensor& of(std::size_t tensor) const { return parts_[tensor].norms; }  ///< its slice

 private:
  struct Part {
    at::Tensor values;  ///< at least 2-dim view
    at::Tensor norms;
    std::vector<std::int64_t> all_but_first;  ///< dimensions
  };

  at::Tensor all_;
  std::vector<Part> parts_;
};

}  // namespace sr
