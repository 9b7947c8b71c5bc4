#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// Total variation of the output alone: mean |difference of neighbours| in rows plus in columns.
struct TotalVariationOptions : NoOptions {
  static int smallest_side() { return 2; }
};
std::unique_ptr<Loss> make_loss(const TotalVariationOptions& options);

/// Criterion of the variances of Sobel gradients in squares of patch_size pixels (Abrahamyan et al.
/// 2022); an image smaller than that is one patch, what does not fill a patch is left out.
struct GradientVarianceOptions {
  Criterion criterion = Criterion::kCharbonnier;
  int patch_size = 16;
  friend bool operator==(const GradientVarianceOptions&, const GradientVarianceOptions&) = default;
  static int smallest_side() { return 2; }

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = GradientVarianceOptions;
    describe_criterion(v, &O::criterion);
    v.number("patch_size", &O::patch_size, between(2, 4096), "Side of the patches, pixels.");
  }
};
std::unique_ptr<Loss> make_loss(const GradientVarianceOptions& options);

/// Mean squared difference of the Sobel gradients (divided by 4) of luma.
struct SobelEdgeOptions : NoOptions {};
std::unique_ptr<Loss> make_loss(const SobelEdgeOptions& options);

}  // namespace sr::recipe
