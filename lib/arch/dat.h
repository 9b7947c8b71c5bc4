#pragma once

#include <optional>

#include "arch/batch_statistics.h"
#include "arch/split_window.h"

namespace sr::arch {

/// DAT; the graph is in nn/dat.h.
struct DatOptions : SplitWindowOptions {
  double expansion_factor = 4;
  WindowUpsampler upsampler = WindowUpsampler::kPixelShuffle;
  bool unshuffle_mod = false;
  bool frozen_statistics = false;

  bool mixes_samples() const { return !frozen_statistics; }
  friend bool operator==(const DatOptions&, const DatOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DatOptions;
    describe_body(v,
                  "Image side that the masks in weight files are for, pixels: a multiple of both "
                  "sides of split_size. Images may have any size.");
    v.number("expansion_factor", &O::expansion_factor, widening(),
             "Features inside the feed-forward part of a block, as multiples of its own.");
    describe_training(v, "1 / sqrt(features of a head), for attention in windows");
    v.choice("upsampler", &O::upsampler,
             Names<WindowUpsampler>{{"pixelshuffle", WindowUpsampler::kPixelShuffle},
                                    {"pixelshuffledirect", WindowUpsampler::kPixelShuffleDirect}},
             "pixelshuffle; pixelshuffledirect, one convolution and a shuffle.");
    v.flag("unshuffle_mod", &O::unshuffle_mod,
           "At scales 1 and 2 a 4x network on the input folded by 4 or 2.");
    v.flag("frozen_statistics", &O::frozen_statistics, kFrozenStatisticsHelp);
  }

  /// The input is folded by this before the first convolution.
  int fold(int scale) const { return unshuffle_mod && scale < 3 ? 4 / scale : 1; }
  std::optional<Impossible> impossible(int scale) const;

  /// qk_scale, img_range, drop_path_rate and frozen_statistics leave no trace and have their
  /// defaults.
  static std::optional<Recognised<DatOptions>> recognise(const TensorShapes& shapes);
};

DatOptions dat_s();
DatOptions dat_2();
DatOptions dat_2_l();
DatOptions dat_light();

}  // namespace sr::arch
