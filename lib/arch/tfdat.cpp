#include "arch/tfdat.h"

#include <numeric>

namespace sr::arch {

int TfdatOptions::multiple(int scale) const {
  constexpr int kOfFlow = 8;  // three layers that each leave a quarter of the pixels
  return std::lcm(fold(scale) * window_size, kOfFlow);
}

std::optional<Impossible> TfdatOptions::impossible(int scale) const {
  if (const std::optional<Impossible> found = impossible_body(scale * fold(scale))) {
    return found;
  }
  if (embed_dim < 2 && fold(scale) == 1) {
    return Impossible{"embed_dim", "needs 2 at least, half of which are features of frames"};
  }
  return even_frames(kFramesOption, num_frames);
}

std::optional<Recognised<TfdatOptions>> TfdatOptions::recognise(const TensorShapes& shapes) {
  const std::optional<int> width = within(shapes.size("conv_first.weight", 0), features());
  const std::optional<int> flow = within(shapes.size("flow_net.enc.0.weight", 0), features());
  const std::optional<int> fold = shuffled_scale(shapes.size("conv_first.weight", 1), kRgb);
  if (!width || !flow || !fold || shapes.size("flow_net.enc.0.weight", 1) != 2 * kRgb ||
      !shapes.has("temporal_fuse.0.weight")) {
    return std::nullopt;
  }
  Recognised<TfdatOptions> found;
  TfdatOptions& options = found.options;
  options.embed_dim = *width;
  options.flow_base_ch = *flow;
  const std::optional<int> enlarged = options.read_body(shapes);
  const bool folds = *fold == 2 || *fold == 4;
  if (!enlarged || (folds ? *enlarged != 4 : *fold != 1)) {
    return std::nullopt;
  }
  found.scale = folds ? 4 / *fold : *enlarged;
  return found;
}

}  // namespace sr::arch
