#include "arch/tscunet.h"

namespace sr::arch {

std::optional<Impossible> TScuNetOptions::impossible(int scale) const {
  if (const std::optional<Impossible> found = impossible_scunet(dim, scale)) {
    return found;
  }
  return even_frames(kFramesOption, clip_size);
}

std::optional<Recognised<TScuNetOptions>> TScuNetOptions::recognise(const TensorShapes& shapes) {
  const std::optional<int> width = within(shapes.size("m_head.0.weight", 0), features());
  const std::optional<int> scale = scunet_scale(shapes);
  const int levels = shapes.count("m_layers.");
  const std::optional<int> clip = within(2 * std::int64_t{levels} + 1, frames());
  if (!width || !scale || !clip || shapes.size("m_head.0.weight", 1) != kRgb ||
      shapes.size("m_tail.0.weight", 0) != kRgb ||
      shapes.size("m_tail.0.weight", 1) != std::int64_t{*width} ||
      !shapes.has("m_upsample.0.up.0.rdb1.conv1.weight") || shapes.count("m_down1.") > 0) {
    return std::nullopt;
  }
  TScuNetOptions options;
  const std::optional<int> depth =
      levels == 0 ? options.nb : within(shapes.count("m_layers.0.m_body."), blocks());
  if (!depth ||
      (levels > 0 && shapes.size("m_layers.0.m_head.0.weight", 1) != 3 * std::int64_t{*width})) {
    return std::nullopt;
  }
  options.clip_size = *clip;
  options.nb = *depth;
  options.dim = *width;
  options.residual = shapes.has("m_res.0.weight");
  options.sigma = shapes.has("m_sigma.0.weight");
  return Recognised<TScuNetOptions>{options, *scale};
}

}  // namespace sr::arch
