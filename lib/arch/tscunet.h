#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/scunet.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// TSCUNet; the graph is in nn/tscunet.h.
struct TScuNetOptions {
  /// The option that must be the clip_size of a data set.
  static constexpr const char* kFramesOption = "clip_size";

  int in_nc = kRgb;
  int out_nc = kRgb;
  int clip_size = 5;
  int nb = 2;
  int dim = 64;
  double drop_path_rate = 0;
  int input_resolution = 256;
  bool residual = true;
  bool sigma = false;
  double noise = 0.05;
  bool use_checkpoint = false;

  int input_channels() const { return in_nc * clip_size; }
  friend bool operator==(const TScuNetOptions&, const TScuNetOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = TScuNetOptions;
    v.number("in_nc", &O::in_nc, output_channels(), kFrameChannelsHelp).alias("num_in_ch");
    v.number("out_nc", &O::out_nc, output_channels(), kOutputChannelsHelp).alias("num_out_ch");
    v.number(kFramesOption, &O::clip_size, frames(), kFramesHelp).alias("num_frames");
    v.number("nb", &O::nb, blocks(), "Blocks of each of the seven stages of a level.");
    v.number("dim", &O::dim, features(),
             "Features of the finest stage, a multiple of 64; each coarser one has twice as many.");
    v.number("drop_path_rate", &O::drop_path_rate, below(0, 1), ScuNetOptions::kScuNetDropHelp);
    v.number("input_resolution", &O::input_resolution, between(1, kMostFeatures),
             ScuNetOptions::kScuNetResolutionHelp);
    v.flag("residual", &O::residual,
           "The middle frame's features are added behind the levels, through a convolution.");
    v.flag("sigma", &O::sigma,
           "Weight files have the layers of a second output, which are neither used nor trained: "
           "no loss takes it.");
    v.number("noise", &O::noise, between(0, 1), ScuNetOptions::kScuNetNoiseHelp);
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
  }

  /// By the tensors of its weight file. drop_path_rate, input_resolution and noise leave no trace.
  static std::optional<Recognised<TScuNetOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
