#pragma once

#include <optional>

#include "arch/fdat.h"
#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// TFDAT; the graph is in nn/tfdat.h.
struct TfdatOptions : FdatBody {
  /// The option that must be the clip_size of a data set.
  static constexpr const char* kFramesOption = "num_frames";

  int num_frames = 5;
  int flow_base_ch = 32;

  TfdatOptions() { upsampler_type = UniUpsampler::kTransposeConv; }

  int input_channels() const { return num_in_ch * num_frames; }
  friend bool operator==(const TfdatOptions&, const TfdatOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = TfdatOptions;
    v.number("num_in_ch", &O::num_in_ch, output_channels(), kFrameChannelsHelp);
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp);
    v.number(kFramesOption, &O::num_frames, frames(), kFramesHelp).alias("clip_size");
    describe_body(v);
    v.number("flow_base_ch", &O::flow_base_ch, features(),
             "Features of the first of the three layers that find where a frame's pixels went.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
  }

  /// Pixels of a side that one of the first features stands for: scales 1 and 2 are the 4x network
  /// on folded frames.
  static int fold(int scale) { return scale <= 2 ? 4 / scale : 1; }
  /// Sides that the network computes are multiples of it.
  int multiple(int scale) const;

  /// num_frames and drop_path_rate leave no trace: they have their defaults.
  static std::optional<Recognised<TfdatOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
