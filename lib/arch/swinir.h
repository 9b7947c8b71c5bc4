#pragma once

#include <optional>

#include "arch/window.h"

namespace sr::arch {

/// SwinIR; the graph is in nn/swinir.h.
struct SwinIrOptions : WindowOptions {
  int start_unshuffle = 1;

  friend bool operator==(const SwinIrOptions&, const SwinIrOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SwinIrOptions;
    describe_body(v);
    describe_ends(v, "scales 2, 4 and 8");
    v.number("start_unshuffle", &O::start_unshuffle, between(1, 1),
             "Nothing but 1: no pixel unshuffle in front.");
  }

  /// img_range and drop_path_rate leave no trace: they have their defaults.
  static std::optional<Recognised<SwinIrOptions>> recognise(const TensorShapes& shapes);
};

/// With the sizes that the class in BasicSR has by default; its default upsampler makes no larger
/// image.
SwinIrOptions swinir();
SwinIrOptions swinir_s();
SwinIrOptions swinir_m();
SwinIrOptions swinir_l();

}  // namespace sr::arch
