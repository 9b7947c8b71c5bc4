#pragma once

#include <optional>

#include "arch/batch_statistics.h"
#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// DCTLSA; the graph is in nn/dctlsa.h.
struct DctlsaOptions {
  static constexpr int kModules = 6;

  int in_nc = kRgb;
  int nf = 55;
  int num_modules = kModules;
  int out_nc = kRgb;
  int num_head = 5;
  bool frozen_statistics = false;

  int input_channels() const { return in_nc; }
  bool mixes_samples() const { return !frozen_statistics; }
  friend bool operator==(const DctlsaOptions&, const DctlsaOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DctlsaOptions;
    v.number("in_nc", &O::in_nc, output_channels(), "Input channels (RGB).");
    v.number("nf", &O::nf, features(), "Features of the blocks: a multiple of num_head.");
    v.number("num_modules", &O::num_modules, between(kModules, kModules),
             "Modules: the other trainers' network has 6 and works with no other number.");
    v.number("out_nc", &O::out_nc, output_channels(), kOutputChannelsHelp);
    v.number("num_head", &O::num_head, features(), "Heads of the attention.");
    v.flag("frozen_statistics", &O::frozen_statistics, kFrozenStatisticsHelp);
  }

  std::optional<Impossible> impossible(int scale) const;
  /// num_head and frozen_statistics leave no trace: they have their defaults.
  static std::optional<Recognised<DctlsaOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
