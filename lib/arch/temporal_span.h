#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// TemporalSPAN; the graph is in nn/temporal_span.h.
struct TemporalSpanOptions {
  /// The option that must be the clip_size of a data set.
  static constexpr const char* kFramesOption = "num_frames";
  static constexpr int kNormGroups = 8;
  static constexpr int kAttentionBlocks = 6;

  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  int num_frames = 5;
  int feature_channels = 48;
  bool bias = true;
  int history_channels = 12;

  int input_channels() const { return num_in_ch * num_frames; }
  friend bool operator==(const TemporalSpanOptions&, const TemporalSpanOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = TemporalSpanOptions;
    v.number("num_in_ch", &O::num_in_ch, output_channels(), kFrameChannelsHelp);
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp);
    v.number(kFramesOption, &O::num_frames, frames(), kFramesHelp).alias("clip_size");
    v.number("feature_channels", &O::feature_channels, features(),
             "Features of the blocks: a multiple of 8, the groups of their norms.");
    v.flag("bias", &O::bias, "Nothing but true: the other trainers read it and do not use it.");
    v.number("history_channels", &O::history_channels, features(),
             "Features of each frame but the middle one.");
  }

  /// By the tensors of its weight file.
  static std::optional<Recognised<TemporalSpanOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
