#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "optim/flat_optimizer.h"
#include "recipe/optimizers.h"

namespace sr {

/// SOAP (Vyas et al. 2024) as pytorch_optimizer computes it: Adam in the eigenbases of Shampoo's
/// preconditioners, of which a weight has one for each dimension. The first step only looks at the
/// gradient. Vectors, and dimensions above max_precondition_dim, keep their own basis. Bases are
/// found in prepare(), every precondition_frequency steps, since decompositions allocate.
class Soap final : public FlatOptimizer {
 public:
  Soap(const recipe::SoapOptions& options, double weight_decay, std::vector<std::string> names,
       std::vector<at::Tensor> parameters);

  void prepare() override;
  void update(const at::Tensor& found_inf) override;

 private:
  /// One dimension of the weights of a group.
  struct Side {
    std::int64_t size = 0;
    bool rotated = false;
    at::Tensor statistics{}, basis{};  ///< state, [weights, size, size]
    at::Tensor product{}, next{};      ///< the same; room
  };
  /// Weights of one shape, one beside the other, as [weights, elements].
  struct Group {
    std::vector<Side> sides{};           ///< those longer than 1, in the order of memory
    at::Tensor exp_avg{}, exp_avg_sq{};  ///< state
    at::Tensor gradient{}, next{}, rotated{}, other{};
    std::vector<at::Tensor> rows{};                ///< of `gradient`, 1-dim, one for each weight
    std::vector<at::Tensor> sources{}, targets{};  ///< gradients and directions, likewise
  };
  /// What first_bases() or next_bases() has found for a group; the order of `sides`, undefined
  /// where none is rotated.
  struct Bases {
    std::vector<at::Tensor> of_sides;
    at::Tensor exp_avg_sq;
  };

  void add_group(const std::vector<std::size_t>& which);
  void show(const std::string& what, const std::vector<std::size_t>& which,
            const at::Tensor& stacked);
  void count();
  void learn(at::Tensor& mean, const at::Tensor& value, const at::Tensor& share, Group& group);
  static void rotate(Group& group, bool back);
  void move(Group& group);
  void take_statistics(Group& group);
  static Bases first_bases(const Group& group);
  static Bases next_bases(const Group& group);

  recipe::SoapOptions options_;
  double weight_decay_, shampoo_beta_;
  FlatVector direction_, weights_;
  std::vector<Group> groups_;
  at::Tensor basis_step_;           ///< state, float64 0-dim: step() of the bases; 0 = none yet
  std::int64_t skipped_calls_ = 0;  ///< of prepare() for which no bases can be due
  BiasCorrection correction1_, correction2_;
  at::Tensor later_, is_later_, ratio_;         // float64 0-dim
  at::Tensor not_first_, scale_, eps_, unit_;   // float32 0-dim
  at::Tensor rest1_, rest2_, share1_, share2_;  // float32 0-dim
  at::Tensor kept_, minus_decay_;               // float32 0-dim
};

}  // namespace sr
