#pragma once

#include <optional>

#include "arch/split_window.h"

namespace sr::arch {

/// RGT; the graph is in nn/rgt.h.
struct RgtOptions : SplitWindowOptions {
  static constexpr int kMaskSide = 64;

  double mlp_ratio = 2;
  double c_ratio = 0.5;

  friend bool operator==(const RgtOptions&, const RgtOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = RgtOptions;
    describe_body(v,
                  "Nothing depends on it: the masks in weight files are for images of 64 pixels a "
                  "side.");
    v.number("mlp_ratio", &O::mlp_ratio, widening(),
             "Features inside the perceptron of a block, as multiples of its own.");
    v.number("c_ratio", &O::c_ratio, widening(),
             "Features of queries and keys in the attention of a whole image, as multiples of the "
             "block's.");
    describe_training(
        v,
        "1 / sqrt(features of a head), of c_ratio as many in the attention of a whole "
        "image");
  }

  /// Features of queries and keys in the attention of a whole image.
  int compared() const { return static_cast<int>(embed_dim * c_ratio); }
  std::optional<Impossible> impossible(int scale) const;

  /// img_size, qk_scale, img_range and drop_path_rate leave no trace and have their defaults.
  static std::optional<Recognised<RgtOptions>> recognise(const TensorShapes& shapes);
};

RgtOptions rgt();
RgtOptions rgt_s();

}  // namespace sr::arch
