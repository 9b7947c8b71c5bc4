#include "arch/temporal_span_v2.h"

namespace sr::arch {

std::optional<Impossible> TemporalSpanV2Options::impossible(int /*scale*/) const {
  if (bias) {
    return Impossible{"bias", "has no effect on the other trainers' network: leave it false"};
  }
  return even_frames(kFramesOption, num_frames);
}

std::optional<Recognised<TemporalSpanV2Options>> TemporalSpanV2Options::recognise(
    const TensorShapes& shapes) {
  const std::int64_t width = shapes.size("m_head.weight", 0);
  if (shapes.size("m_head.weight", 1) != kRgb || shapes.size("m_tail.weight", 0) != kRgb ||
      shapes.size("m_tail.weight", 1) != width) {
    return std::nullopt;
  }
  TemporalSpanV2Options options;
  const int levels = shapes.count("m_layers.");
  const std::optional<int> clip = within(2 * std::int64_t{levels} + 1, frames());
  const std::optional<int> channels = within(width, features());
  const std::optional<int> scale =
      channels ? shuffled_scale(shapes.size("m_upsample.0.weight", 0), width) : std::nullopt;
  const std::optional<int> depth =
      levels == 0 ? options.num_blocks
                  : within(shapes.count("m_layers.0.blocks."), between(1, kMostAttentionBlocks));
  if (!clip || !scale || !depth || (levels > 0 && !shapes.has("m_layers.0.m_head.sk.weight"))) {
    return std::nullopt;
  }
  options.num_frames = *clip;
  options.feature_channels = *channels;
  options.num_blocks = *depth;
  options.residual = shapes.has("m_res.weight");
  return Recognised<TemporalSpanV2Options>{options, *scale};
}

}  // namespace sr::arch
