#pragma once

#include <optional>

#include "arch/batch_statistics.h"
#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// Sebica; the graph is in nn/sebica.h.
struct SebicaOptions {
  int features = 16;
  bool frozen_statistics = false;

  static constexpr int kBlocks = 6;

  int input_channels() const { return kRgb; }
  bool mixes_samples() const { return !frozen_statistics; }
  friend bool operator==(const SebicaOptions&, const SebicaOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SebicaOptions;
    v.number("N", &O::features, sr::arch::features(), "Features of the blocks.");
    v.flag("frozen_statistics", &O::frozen_statistics, kFrozenStatisticsHelp);
  }

  static std::optional<Recognised<SebicaOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
