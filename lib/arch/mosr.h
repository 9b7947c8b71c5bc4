#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// MoSR; the graph is in nn/mosr.h.
struct MosrOptions {
  enum class Upsampler { kPixelShuffle, kDySample, kGeoEnsemble };

  int in_ch = kRgb;
  int out_ch = kRgb;
  int n_block = 24;
  int dim = 64;
  Upsampler upsampler = Upsampler::kPixelShuffle;
  double drop_path = 0;
  int kernel_size = 7;
  double expansion_ratio = 1.5;
  double conv_ratio = 1;

  int input_channels() const { return in_ch; }
  friend bool operator==(const MosrOptions&, const MosrOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = MosrOptions;
    v.number("in_ch", &O::in_ch, output_channels(), "Input channels (RGB).");
    v.number("out_ch", &O::out_ch, output_channels(), kOutputChannelsHelp);
    v.number("n_block", &O::n_block, blocks(), "Gated blocks.");
    v.number("dim", &O::dim, features(), "Features of the hidden layers.");
    v.choice("upsampler", &O::upsampler,
             Names<Upsampler>{{"pixelshuffle", Upsampler::kPixelShuffle},
                              {"dysample", Upsampler::kDySample},
                              {"geoensemblepixelshuffle", Upsampler::kGeoEnsemble},
                              {"ps", Upsampler::kPixelShuffle},
                              {"dys", Upsampler::kDySample},
                              {"gps", Upsampler::kGeoEnsemble}},
             "pixelshuffle, dysample (best at even scales, slower), or geoensemblepixelshuffle, "
             "the mean of eight; short names as in spandrel.");
    v.number("drop_path", &O::drop_path, between(0, 0),
             "Nothing but 0: blocks are not dropped in training.");
    v.number("kernel_size", &O::kernel_size, between(1, kLargestKernel),
             "Side of the depthwise kernels; odd.");
    v.number("expansion_ratio", &O::expansion_ratio, widening(),
             "Features inside a block by `dim`.");
    v.number("conv_ratio", &O::conv_ratio, widening(),
             "Depthwise convolved features by `dim`; at most `expansion_ratio`.");
  }

  static std::optional<Recognised<MosrOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
