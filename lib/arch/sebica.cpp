#include "arch/sebica.h"

namespace sr::arch {

std::optional<Recognised<SebicaOptions>> SebicaOptions::recognise(const TensorShapes& shapes) {
  if (!shapes.has("body.0.pre_mixer.conv.0.weight") ||
      !shapes.has("body.0.attn.channel_attention_backward.1.weight") ||
      shapes.count("body.") != kBlocks) {
    return std::nullopt;
  }
  const std::optional<int> width = within(shapes.size("head.0.weight", 0), sr::arch::features());
  const std::optional<int> scale = shuffled_scale(shapes.size("tail.0.weight", 0), kRgb);
  if (!width || !scale) {
    return std::nullopt;
  }
  SebicaOptions options;
  options.features = *width;
  return Recognised<SebicaOptions>{options, *scale};
}

}  // namespace sr::arch
