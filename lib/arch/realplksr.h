#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// RealPLKSR, partial large kernel convolutions; the graph is in nn/realplksr.h.
struct RealPlksrOptions {
  enum class Upsampler { kPixelShuffle, kDySample };

  int in_ch = kRgb;
  int out_ch = kRgb;
  int dim = 64;
  int n_blocks = 28;
  int kernel_size = 17;
  double split_ratio = 0.25;
  bool use_ea = true;
  int norm_groups = 4;
  double dropout = 0;
  Upsampler upsampler = Upsampler::kPixelShuffle;
  bool layer_norm = true;

  int input_channels() const { return in_ch; }
  friend bool operator==(const RealPlksrOptions&, const RealPlksrOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = RealPlksrOptions;
    v.number("in_ch", &O::in_ch, output_channels(), "Input channels (RGB).");
    v.number("out_ch", &O::out_ch, output_channels(), kOutputChannelsHelp);
    v.number("dim", &O::dim, features(), "Features of the hidden layers.");
    v.number("n_blocks", &O::n_blocks, blocks(), "Blocks.");
    v.number("kernel_size", &O::kernel_size, between(1, kLargestKernel),
             "Side of the large kernel; odd.");
    v.number("split_ratio", &O::split_ratio, between(0, 1),
             "Share of the features that the large kernel sees.");
    v.flag("use_ea", &O::use_ea, "Element-wise attention behind the large kernel.");
    v.number("norm_groups", &O::norm_groups, features(),
             "Groups of the norm at the end of a block, without `layer_norm`.");
    v.number("dropout", &O::dropout, between(0, 0),
             "Nothing but 0: features are not dropped in training.");
    v.choice("upsampler", &O::upsampler,
             Names<Upsampler>{{"pixelshuffle", Upsampler::kPixelShuffle},
                              {"dysample", Upsampler::kDySample}},
             "pixelshuffle, or dysample, which is better at even scales but slower.");
    v.flag("layer_norm", &O::layer_norm,
           "LayerNorm at the begin of a block in place of GroupNorm at its end: better, and other "
           "weights (those of neosr and of early traiNNer-redux have false).");
  }

  /// Nothing in a file tells `norm_groups`: it has its default.
  static std::optional<Recognised<RealPlksrOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
