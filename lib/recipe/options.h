#pragma once

#include <memory>

#include "core/describe.h"

// What options of losses share. Each image loss is made from its options by an overload of
// make_loss(), which is declared with them and defined in loss/, where LibTorch is.

namespace sr {
class Loss;
}

namespace sr::recipe {

/// Of a type that has none.
struct NoOptions {
  friend bool operator==(const NoOptions&, const NoOptions&) = default;
  template <class Visitor>
  static void describe(Visitor&) {}
};

/// What a loss makes of a difference d: |d|, d^2, sqrt(d^2 + 1e-12), or the Frobenius norm of all
/// d.
enum class Criterion { kL1, kL2, kCharbonnier, kFrobenius };

inline constexpr const char* kCriterionHelp =
    "What is made of a difference; chc is neosr's word for charbonnier.";

/// Describes the criterion of single differences.
template <class Visitor, typename B>
void describe_criterion(Visitor& v, Criterion B::*member) {
  v.choice("criterion", member,
           Names<Criterion>{{"l1", Criterion::kL1},
                            {"l2", Criterion::kL2},
                            {"charbonnier", Criterion::kCharbonnier},
                            {"chc", Criterion::kCharbonnier}},
           kCriterionHelp);
}

}  // namespace sr::recipe
