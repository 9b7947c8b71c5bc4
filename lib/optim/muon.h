#pragma once

#include <string>
#include <vector>

#include "optim/flat_optimizer.h"
#include "optim/newton_schulz.h"
#include "recipe/optimizers.h"

namespace sr {

/// Muon (Jordan et al. 2024) as pytorch_optimizer computes it, but in float32: the momentum of each
/// weight, as a matrix with a row for each output, is made about orthogonal and moves the weight by
/// lr sqrt(max(1, rows / columns)). What is no such matrix - biases, slopes, factors of a channel,
/// tables of biases - is moved by AdamW with a learning rate of its own, which follows the schedule
/// as well.
class Muon final : public FlatOptimizer {
 public:
  /// `lr`: that which `options.adamw_lr` stands beside.
  Muon(const recipe::MuonOptions& options, double lr, double weight_decay,
       std::vector<std::string> names, std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;

 private:
  /// Parameters of one kind, and their part of each vector over all parameters.
  struct Share {
    std::vector<std::size_t> which;
    std::vector<at::Tensor> gradients, directions, weights;
    FlatVector gradient{};  ///< a copy; room for its own use
  };

  Share share_of(const std::vector<std::size_t>& which);
  FlatVector add_state(const std::string& what, const Share& share);
  void move_matrices();
  void move_others();

  recipe::MuonOptions options_;
  double weight_decay_;
  FlatVector direction_, weights_;
  Share matrices_, others_;
  FlatVector momentum_, exp_avg_, exp_avg_sq_;  ///< state
  FlatVector next_matrix_, next_other_;
  std::vector<NewtonSchulz> groups_;  ///< matrices of one shape each
  at::Tensor share_of_rate_, eps_;    // float32 0-dim; the former is adamw_lr / lr
  BiasCorrection correction1_, correction2_;
  at::Tensor debias1_, debias2_;  // float32 0-dim
};

}  // namespace sr
