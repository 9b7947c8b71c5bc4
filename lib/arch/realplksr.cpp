#include "arch/realplksr.h"

#include <string>

#include "arch/plk_size.h"

namespace sr::arch {

std::optional<Impossible> RealPlksrOptions::impossible(int /*scale*/) const {
  if (auto found = even_kernel(kernel_size)) {
    return found;
  }
  if (static_cast<int>(dim * split_ratio) < 1) {
    return Impossible{"split_ratio",
                      "leaves the large kernel none of " + std::to_string(dim) + " features"};
  }
  if (!layer_norm && dim % norm_groups != 0) {
    return Impossible{"norm_groups",
                      std::to_string(norm_groups) + " does not divide dim " + std::to_string(dim)};
  }
  return std::nullopt;
}

std::optional<Recognised<RealPlksrOptions>> RealPlksrOptions::recognise(
    const TensorShapes& shapes) {
  if (!shapes.has("feats.1.channel_mixer.0.weight") || !shapes.has("feats.1.refine.weight")) {
    return std::nullopt;
  }
  const std::optional<PlkSize> size =
      plk_size(shapes, "feats.1.lk.conv.weight", /*other_layers=*/3, between(1, kLargestKernel));
  if (!size) {
    return std::nullopt;
  }
  RealPlksrOptions options;
  options.dim = size->features;
  options.n_blocks = size->blocks;
  options.kernel_size = size->kernel;
  options.split_ratio = size->split_ratio;
  options.use_ea = shapes.has("feats.1.attn.f.0.weight");
  options.layer_norm = shapes.has("feats.1.layer_norm.weight");
  options.upsampler =
      shapes.has("to_img.offset.weight") ? Upsampler::kDySample : Upsampler::kPixelShuffle;
  return Recognised<RealPlksrOptions>{options, size->scale};
}

}  // namespace sr::arch
