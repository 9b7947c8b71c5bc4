#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// TSPANv2; the graph is in nn/temporal_span_v2.h.
struct TemporalSpanV2Options {
  /// The option that must be the clip_size of a data set.
  static constexpr const char* kFramesOption = "num_frames";
  static constexpr int kMostAttentionBlocks = 6;

  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  int num_frames = 5;
  int feature_channels = 48;
  bool bias = false;
  int num_blocks = kMostAttentionBlocks;
  bool residual = true;
  double img_range = 255;
  bool use_checkpoint = false;

  int input_channels() const { return num_in_ch * num_frames; }
  friend bool operator==(const TemporalSpanV2Options&, const TemporalSpanV2Options&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = TemporalSpanV2Options;
    v.number("num_in_ch", &O::num_in_ch, output_channels(), kFrameChannelsHelp);
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp);
    v.number(kFramesOption, &O::num_frames, frames(), kFramesHelp).alias("clip_size");
    v.number("feature_channels", &O::feature_channels, features(), "Features of the blocks.")
        .alias("dim");
    v.flag("bias", &O::bias, "Nothing but false: the other trainers read it and do not use it.");
    v.number("num_blocks", &O::num_blocks, between(1, kMostAttentionBlocks),
             "Attention blocks of each level. Other trainers compute 6 whatever the file holds.");
    v.flag("residual", &O::residual,
           "The middle frame's features are added behind the levels, through a convolution.");
    v.number("img_range", &O::img_range, more_than(0),
             "What the image is multiplied by, less its mean. Weight files for other tools do not "
             "hold it: they take 255.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
  }

  /// By the tensors of its weight file; img_range leaves no trace there.
  static std::optional<Recognised<TemporalSpanV2Options>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
