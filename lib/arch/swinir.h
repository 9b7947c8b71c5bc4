#pragma once

#include <optional>

#include "arch/window.h"

namespace sr::arch {

/// SwinIR; the graph is in nn/swinir.h.
struct SwinIrOptions : WindowOptions {
  int start_unshuffle = 1;

  friend bool operator==(const SwinIrOptions&, const SwinIrOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SwinIrOptions;
    describe_body(v);
    v.choice("upsampler", &O::upsampler,
             Names<WindowUpsampler>{{"pixelshuffle", WindowUpsampler::kPixelShuffle},
                                    {"pixelshuffledirect", WindowUpsampler::kPixelShuffleDirect},
                                    {"nearest+conv", WindowUpsampler::kNearestConv},
                                    {"none", WindowUpsampler::kNone}},
             "pixelshuffle; pixelshuffledirect, one convolution and a shuffle; nearest+conv, at "
             "scales 2, 4 and 8; none, which adds to the input, at scale 1.");
    v.choice("resi_connection", &O::resi_connection,
             Names<ResidualConnection>{{"1conv", ResidualConnection::kOneConv},
                                       {"3conv", ResidualConnection::kThreeConvs}},
             "Convolutions at the end of a group: 1conv, or 3conv, which has fewer parameters.");
    v.number("start_unshuffle", &O::start_unshuffle, between(1, 1),
             "Nothing but 1: no pixel unshuffle in front.");
  }

  /// img_range and drop_path_rate leave no trace: they have their defaults.
  static std::optional<Recognised<SwinIrOptions>> recognise(const TensorShapes& shapes);
};

SwinIrOptions swinir_s();
SwinIrOptions swinir_m();
SwinIrOptions swinir_l();

}  // namespace sr::arch
