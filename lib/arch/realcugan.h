#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// Real-CUGAN; the graph is in nn/realcugan.h.
struct RealCuganOptions {
  bool pro = false;
  bool fast = false;
  int in_channels = kRgb;
  int out_channels = kRgb;

  int input_channels() const { return in_channels; }
  /// It has scales 2, 3 and 4; `fast` has 2, and not together with `pro`.
  std::optional<Impossible> impossible(int scale) const;
  friend bool operator==(const RealCuganOptions&, const RealCuganOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = RealCuganOptions;
    v.flag(
        "pro", &O::pro,
        "Values inside the network are 0.7 x image + 0.15. Loaders know it by `pro` in the file.");
    v.flag(
        "fast", &O::fast,
        "Scale 2 alone: a 4x network on the input folded by 2, which is faster. Not with `pro`.");
    v.number("in_channels", &O::in_channels, output_channels(), "Input channels (RGB).");
    v.number("out_channels", &O::out_channels, output_channels(), kOutputChannelsHelp);
  }

  static std::optional<Recognised<RealCuganOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
