#include "arch/elan.h"

#include <string>

namespace sr::arch {

ElanOptions elan_light() {
  ElanOptions options;
  options.m_elan = 24;
  options.c_elan = 60;
  options.n_share = 1;
  return options;
}

std::optional<Impossible> ElanOptions::impossible(int /*scale*/) const {
  if (c_elan % kWindows != 0) {
    return Impossible{"c_elan", "needs a multiple of 3, got " + std::to_string(c_elan)};
  }
  if (window_sizes.size() != kWindows) {
    return Impossible{"window_sizes",
                      "needs 3 entries, got " + std::to_string(window_sizes.size())};
  }
  if (groups() < 1) {
    return Impossible{"n_share", "needs less than the " + std::to_string(m_elan) +
                                     " blocks of m_elan, got " + std::to_string(n_share)};
  }
  constexpr int kLargestGrid = 1024;
  if (grid() > kLargestGrid) {
    return Impossible{"window_sizes", "have the least common multiple " + std::to_string(grid()) +
                                          ", more than 1024 pixels"};
  }
  return std::nullopt;
}

std::optional<Recognised<ElanOptions>> ElanOptions::recognise(const TensorShapes& shapes) {
  const std::string block = "body.0.modules_lfe.lfe_";
  const std::string widen = block + "0.conv0.shift_conv.conv1x1.weight";
  if (!shapes.has(widen) || !shapes.has("body.0.modules_gmsa.gmsa_0.project_inp.1.weight")) {
    return std::nullopt;
  }
  const std::optional<int> width =
      within(shapes.size("head.0.weight", 0), between(kWindows, kMostFeatures));
  const std::optional<int> groups = within(shapes.count("body."), blocks());
  const std::optional<int> share = within(shapes.count(block) - 1, between(0, kMostBlocks));
  const std::optional<int> scale = shuffled_scale(shapes.size("tail.0.weight", 0), kRgb);
  if (!width || *width % kWindows != 0 || !groups || !share || !scale) {
    return std::nullopt;
  }
  const std::optional<int> amount = within(std::int64_t{*groups} * (1 + *share), blocks());
  const std::optional<int> expansion = within(shapes.size(widen, 0) / *width, between(1, 64));
  if (!amount || !expansion) {
    return std::nullopt;
  }
  ElanOptions options;
  options.norm = shapes.has("sub_mean.weight");
  options.m_elan = *amount;
  options.c_elan = *width;
  options.n_share = *share;
  options.r_expand = *expansion;
  return Recognised<ElanOptions>{options, *scale};
}

}  // namespace sr::arch
