#include "arch/realplksr.h"

#include <string>

namespace sr::arch {

std::optional<Recognised<RealPlksrOptions>> RealPlksrOptions::recognise(
    const TensorShapes& shapes) {
  if (!shapes.has("feats.1.channel_mixer.0.weight") || !shapes.has("feats.1.refine.weight")) {
    return std::nullopt;
  }
  const std::string large = "feats.1.lk.conv.weight";
  const int layers = shapes.count("feats.");
  const std::optional<int> features = within(shapes.size("feats.0.weight", 0), arch::features());
  const std::optional<int> amount = within(layers - 3, blocks());
  const std::optional<int> side = within(shapes.size(large, 2), between(1, kLargestKernel));
  const std::optional<int> scale =
      shuffled_scale(shapes.size("feats." + std::to_string(layers - 1) + ".weight", 0), kRgb);
  if (!features || !amount || !side || !scale || shapes.size(large, 0) < 1 ||
      shapes.size(large, 0) > *features) {
    return std::nullopt;
  }
  RealPlksrOptions options;
  options.dim = *features;
  options.n_blocks = *amount;
  options.kernel_size = *side;
  options.split_ratio = static_cast<double>(shapes.size(large, 0)) / *features;
  options.use_ea = shapes.has("feats.1.attn.f.0.weight");
  options.layer_norm = shapes.has("feats.1.layer_norm.weight");
  options.upsampler =
      shapes.has("to_img.offset.weight") ? Upsampler::kDySample : Upsampler::kPixelShuffle;
  return Recognised<RealPlksrOptions>{options, *scale};
}

}  // namespace sr::arch
