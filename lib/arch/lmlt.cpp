#include "arch/lmlt.h"

#include <fmt/format.h>

#include <string>

namespace sr::arch {

std::optional<Impossible> LmltOptions::impossible(int /*scale*/) const {
  if (dim % 4 != 0) {
    return Impossible{"dim", fmt::format("needs a multiple of 4, the levels of the attention, got "
                                         "{}",
                                         dim)};
  }
  if (static_cast<int>(dim * ffn_scale) < 1) {
    return Impossible{"ffn_scale", fmt::format("{} of {} features leaves none", ffn_scale, dim)};
  }
  return std::nullopt;
}

std::optional<Recognised<LmltOptions>> LmltOptions::recognise(const TensorShapes& shapes) {
  const std::optional<int> width = within(shapes.size("to_feat.weight", 0), features());
  const std::optional<int> amount = within(shapes.count("feats."), blocks());
  const std::optional<int> scale = shuffled_scale(shapes.size("to_img.0.weight", 0), kRgb);
  const std::int64_t inside = shapes.size("feats.0.ccm.ccm.0.weight", 0);
  if (!width || !amount || !scale || inside < 1 || *width % 4 != 0 ||
      !shapes.has("feats.0.lhsb.mfr.3.get_v.weight")) {
    return std::nullopt;
  }
  LmltOptions options;
  options.dim = *width;
  options.n_blocks = *amount;
  options.ffn_scale = ratio_of(inside, *width);
  return Recognised<LmltOptions>{options, *scale};
}

}  // namespace sr::arch
