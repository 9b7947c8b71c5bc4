#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// Locally discriminative learning (Liang, Zeng & Zhang 2022): the criterion of output - gt, each
/// pixel weighted by how much the residual varies around it and in the whole image, and only where
/// the residual is not below that of the averaged network. Gradient flows through the weights too,
/// as in the other trainers.
struct LdlOptions {
  Criterion criterion = Criterion::kL1;
  friend bool operator==(const LdlOptions&, const LdlOptions&) = default;
  static int smallest_side() { return 4; }  ///< windows of 7, mirrored at the border

  template <class Visitor>
  static void describe(Visitor& v) {
    describe_criterion(v, &LdlOptions::criterion);
  }
};
std::unique_ptr<Loss> make_loss(const LdlOptions& options);

}  // namespace sr::recipe
