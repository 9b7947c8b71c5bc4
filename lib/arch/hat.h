#pragma once

#include <optional>

#include "arch/window.h"

namespace sr::arch {

/// HAT; the graph is in nn/hat.h.
struct HatOptions : WindowOptions {
  HatOptions() { window_size = 16; }
  int compress_ratio = 3;
  int squeeze_factor = 30;
  double conv_scale = 0.01;
  double overlap_ratio = 0.5;
  int num_feat = 64;

  friend bool operator==(const HatOptions&, const HatOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = HatOptions;
    describe_body(v);
    v.number("compress_ratio", &O::compress_ratio, features(),
             "Features of a block over those inside its convolutions.");
    v.number("squeeze_factor", &O::squeeze_factor, features(),
             "Features of a block over those inside its channel attention.");
    v.number("conv_scale", &O::conv_scale, more_than(0),
             "Weight of a block's convolutions beside its attention.");
    v.number("overlap_ratio", &O::overlap_ratio, between(0, 4),
             "How far the overlapping attention at the end of a group looks beyond its windows, as "
             "a share of their side.");
    v.choice("upsampler", &O::upsampler,
             Names<WindowUpsampler>{{"pixelshuffle", WindowUpsampler::kPixelShuffle}},
             "Nothing but pixelshuffle.");
    v.choice("resi_connection", &O::resi_connection, plain_connections(), kConnectionHelp);
    v.number("num_feat", &O::num_feat, features(), "Features between the steps of the upsampler.");
  }

  /// conv_scale, img_range and drop_path_rate leave no trace: they have their defaults.
  static std::optional<Recognised<HatOptions>> recognise(const TensorShapes& shapes);
};

HatOptions hat_s();
HatOptions hat_m();
HatOptions hat_l();
HatOptions hat_m_aligned();
HatOptions hat_l_aligned();

}  // namespace sr::arch
