#include "arch/safmn.h"

#include <string>

namespace sr::arch {

std::optional<Impossible> SafmnOptions::impossible(int /*scale*/) const {
  if (dim % kLevels != 0) {
    return Impossible{"dim", "needs a multiple of 4, got " + std::to_string(dim)};
  }
  if (hidden() < 1) {
    return Impossible{"ffn_scale",
                      "leaves none of " + std::to_string(dim) + " features inside a mixer"};
  }
  return std::nullopt;
}

std::optional<Recognised<SafmnOptions>> SafmnOptions::recognise(const TensorShapes& shapes) {
  const std::string mixer = "feats.0.ccm.ccm.0.weight";
  if (!shapes.has("feats.0.safm.mfr.3.weight") || !shapes.has(mixer)) {
    return std::nullopt;
  }
  const std::optional<int> width =
      within(shapes.size("to_feat.weight", 0), between(kLevels, kMostFeatures));
  const std::optional<int> amount = within(shapes.count("feats."), blocks());
  const std::optional<int> scale = shuffled_scale(shapes.size("to_img.0.weight", 0), kRgb);
  const std::int64_t inside = shapes.size(mixer, 0);
  if (!width || *width % kLevels != 0 || !amount || !scale || inside < 1) {
    return std::nullopt;
  }
  SafmnOptions options;
  options.dim = *width;
  options.n_blocks = *amount;
  options.ffn_scale = ratio_of(inside, *width);
  return Recognised<SafmnOptions>{options, *scale};
}

}  // namespace sr::arch
