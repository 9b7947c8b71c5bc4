#include "arch/rtmosr.h"

#include <string>

namespace sr::arch {

std::optional<Impossible> RtMosrOptions::impossible(int scale) const {
  if (unshuffle_mod && scale == 3) {
    return Impossible{"unshuffle_mod", "folds the input for scales 1 and 2; scale is 3"};
  }
  return std::nullopt;
}

std::optional<Recognised<RtMosrOptions>> RtMosrOptions::recognise(const TensorShapes& shapes) {
  const bool folds = shapes.has("to_feat.1.conv2.weight");
  const std::string first = folds ? "to_feat.1.conv2.weight" : "to_feat.conv2.weight";
  if (!shapes.has(first) || !shapes.has("body.0.conv.1.conv5x5.weight")) {
    return std::nullopt;
  }
  const std::optional<int> width = within(shapes.size(first, 0), features());
  const std::optional<int> fold = shuffled_scale(shapes.size(first, 1), kRgb);
  const std::optional<int> amount = within(shapes.count("body."), blocks());
  const std::optional<int> shuffled = shuffled_scale(shapes.size("to_img.0.conv2.weight", 0), kRgb);
  const std::int64_t inside = shapes.size("body.0.fc1.conv2.weight", 0) / 2;
  constexpr int kFoldedScale = 4;
  if (!width || !fold || !amount || !shuffled || inside < *width || (*fold > 1) != folds ||
      (folds && (*shuffled != kFoldedScale || kFoldedScale % *fold != 0))) {
    return std::nullopt;
  }
  RtMosrOptions options;
  options.dim = *width;
  options.ffn_expansion = static_cast<double>(inside) / *width;
  options.n_blocks = *amount;
  options.unshuffle_mod = folds;
  options.dccm = shapes.has("body.0.fc2.conv2.weight");
  options.se = shapes.has("body.0.conv.2.squeezing.0.weight");
  return Recognised<RtMosrOptions>{options, folds ? kFoldedScale / *fold : *shuffled};
}

}  // namespace sr::arch
