#include "arch/artcnn.h"

namespace sr::arch {

std::optional<Recognised<ArtCnnOptions>> ArtCnnOptions::recognise(const TensorShapes& shapes) {
  if (!shapes.has("res_block.0.conv.0.0.weight") || shapes.size("conv0.weight", 1) != kRgb) {
    return std::nullopt;
  }
  const std::optional<int> features = within(shapes.size("conv0.weight", 0), arch::features());
  const std::optional<int> side =
      within(shapes.size("conv0.weight", 2), between(1, kLargestKernel));
  const std::optional<int> amount = within(shapes.count("res_block.") - 1, blocks());
  const std::optional<int> scale =
      shuffled_scale(shapes.size("depth_to_space.upscale.0.weight", 0), kRgb);
  if (!features || !side || !amount || !scale) {
    return std::nullopt;
  }
  ArtCnnOptions options;
  options.filters = *features;
  options.n_block = *amount;
  options.kernel_size = *side;
  return Recognised<ArtCnnOptions>{options, *scale};
}

}  // namespace sr::arch
