#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

/// Makes matrices of one shape about orthogonal, all at once and without allocating: five steps of
/// the quintic iteration of Jordan et al. 2024, after which singular values lie around 1.
class NewtonSchulz {
 public:
  /// Works on `matrices`, dense [rows, columns] that stay in place for good.
  NewtonSchulz(std::vector<at::Tensor> matrices, int iterations);

  /// Overwrites the matrices with sqrt(max(1, rows / columns)) times the orthogonal ones.
  void run();

 private:
  int iterations_;
  std::vector<at::Tensor>
      matrices_;                  ///< [1, rows, columns], rows <= columns: transposed if need be
  at::Tensor factor_;             ///< 0-dim
  at::Tensor x_, other_;          ///< [matrices, rows, columns]
  at::Tensor gram_, polynomial_;  ///< [matrices, rows, rows]
  at::Tensor row_norms_, norms_;  ///< [matrices, rows, 1], [matrices, 1, 1]
};

}  // namespace sr
