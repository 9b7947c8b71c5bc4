#pragma once

#include <optional>

#include "arch/window.h"

namespace sr::arch {

/// Swin2SR; the graph is in nn/swin2sr.h.
struct Swin2SrOptions : WindowOptions {
  friend bool operator==(const Swin2SrOptions&, const Swin2SrOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = Swin2SrOptions;
    describe_body(v);
    Names<WindowUpsampler> upsamplers = all_upsamplers();
    upsamplers.emplace_back("pixelshuffle_aux", WindowUpsampler::kPixelShuffleAux);
    v.choice("upsampler", &O::upsampler, upsamplers,
             upsamplers_help("scale 4") +
                 " pixelshuffle_aux: pixelshuffle on a small image that the network makes, and "
                 "beside it the input enlarged by bicubic interpolation.");
    v.choice("resi_connection", &O::resi_connection, convolution_connections(), kConvolutionsHelp);
  }

  std::optional<Impossible> impossible(int scale) const;
  /// img_range and drop_path_rate leave no trace: they have their defaults.
  static std::optional<Recognised<Swin2SrOptions>> recognise(const TensorShapes& shapes);
};

Swin2SrOptions swin2sr_s();
Swin2SrOptions swin2sr_m();
Swin2SrOptions swin2sr_l();

}  // namespace sr::arch
