#include "arch/temporal_span.h"

#include <string>

namespace sr::arch {

std::optional<Impossible> TemporalSpanOptions::impossible(int /*scale*/) const {
  if (!bias) {
    return Impossible{"bias", "has no effect on the other trainers' network: leave it true"};
  }
  if (feature_channels % kNormGroups != 0) {
    return Impossible{"feature_channels", "needs a multiple of 8, the groups of the norms, got " +
                                              std::to_string(feature_channels)};
  }
  return even_frames(kFramesOption, num_frames);
}

std::optional<Recognised<TemporalSpanOptions>> TemporalSpanOptions::recognise(
    const TensorShapes& shapes) {
  if (shapes.size("center_conv.sk.weight", 1) != kRgb || !shapes.has("fusion_conv.1.sk.weight") ||
      !shapes.has("block_6.norm3.weight")) {
    return std::nullopt;
  }
  TemporalSpanOptions options;
  const int history = shapes.count("history_convs.");
  const std::optional<int> clip = within(std::int64_t{history} + 1, frames());
  const std::optional<int> channels = within(shapes.size("center_conv.sk.weight", 0), features());
  const std::optional<int> reduced =
      history == 0 ? options.history_channels
                   : within(shapes.size("history_convs.0.sk.weight", 0), features());
  const std::optional<int> scale = shuffled_scale(shapes.size("upsampler.0.weight", 0), kRgb);
  if (!clip || !channels || !reduced || !scale) {
    return std::nullopt;
  }
  options.num_frames = *clip;
  options.feature_channels = *channels;
  options.history_channels = *reduced;
  return Recognised<TemporalSpanOptions>{options, *scale};
}

}  // namespace sr::arch
