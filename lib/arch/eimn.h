#pragma once

#include <optional>

#include "arch/batch_statistics.h"
#include "arch/block_options.h"
#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// EIMN; the graph is in nn/eimn.h.
struct EimnOptions {
  int embed_dims = 64;
  int depths = 1;
  double mlp_ratios = 2.66;
  double drop_rate = 0;
  double drop_path_rate = 0;
  int num_stages = 16;
  bool freeze_param = false;
  bool frozen_statistics = false;

  int input_channels() const { return kRgb; }
  bool mixes_samples() const { return !frozen_statistics; }
  friend bool operator==(const EimnOptions&, const EimnOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = EimnOptions;
    v.number("embed_dims", &O::embed_dims, features(), "Features of the blocks: a multiple of 8.");
    v.number("depths", &O::depths, blocks(), "Blocks in a stage.");
    v.number("mlp_ratios", &O::mlp_ratios, widening(),
             "Features inside the gate of a block, as multiples of its own.");
    v.number("drop_rate", &O::drop_rate, between(0, 0), kNoDropout);
    v.number("drop_path_rate", &O::drop_path_rate, below(0, 1),
             "Share of samples that skip a branch of the last block in training; it rises linearly "
             "from 0 over the blocks.");
    v.number("num_stages", &O::num_stages, blocks(), "Stages, each with a norm at its end.");
    v.flag("freeze_param", &O::freeze_param,
           "Trains the last convolution alone, which is not available: false.");
    v.flag("frozen_statistics", &O::frozen_statistics, kFrozenStatisticsHelp);
  }

  std::optional<Impossible> impossible(int scale) const;
  /// drop_path_rate and frozen_statistics leave no trace and have their defaults.
  static std::optional<Recognised<EimnOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
