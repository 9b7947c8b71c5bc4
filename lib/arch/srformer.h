#pragma once

#include <optional>

#include "arch/window.h"

namespace sr::arch {

/// SRFormer; the graph is in nn/srformer.h.
struct SrFormerOptions : WindowOptions {
  SrFormerOptions() {
    img_size = 48;
    window_size = 24;
  }
  double qk_scale = 0;

  friend bool operator==(const SrFormerOptions&, const SrFormerOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SrFormerOptions;
    describe_body(v);
    v.number("qk_scale", &O::qk_scale, at_least(0),
             "Factor of the queries; 0: 1 / sqrt(features of a head).");
    describe_ends(v, "scale 4");
  }

  std::optional<Impossible> impossible(int scale) const;
  /// qk_scale, img_range and drop_path_rate leave no trace: they have their defaults.
  static std::optional<Recognised<SrFormerOptions>> recognise(const TensorShapes& shapes);
};

SrFormerOptions srformer_light();

}  // namespace sr::arch
