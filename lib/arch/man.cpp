#include "arch/man.h"

#include <string>

namespace sr::arch {

std::optional<Impossible> ManOptions::impossible(int /*scale*/) const {
  if (n_feats % kParts != 0) {
    return Impossible{"n_feats", "needs a multiple of 3, got " + std::to_string(n_feats)};
  }
  return std::nullopt;
}

std::optional<Recognised<ManOptions>> ManOptions::recognise(const TensorShapes& shapes) {
  if (!shapes.has("body.0.body.0.LKA.LKA7.1.weight") ||
      !shapes.has("body.0.body_t.conv0.0.weight")) {
    return std::nullopt;
  }
  const std::optional<int> width =
      within(shapes.size("head.weight", 0), between(kParts, kMostFeatures));
  const std::optional<int> groups = within(shapes.count("body."), blocks());
  const std::optional<int> amount = within(shapes.count("body.0.body."), blocks());
  const std::optional<int> scale = shuffled_scale(shapes.size("tail.0.weight", 0), kRgb);
  if (!width || *width % kParts != 0 || !groups || !amount || !scale) {
    return std::nullopt;
  }
  ManOptions options;
  options.n_resblocks = *amount;
  options.n_resgroups = *groups;
  options.n_feats = *width;
  return Recognised<ManOptions>{options, *scale};
}

}  // namespace sr::arch
