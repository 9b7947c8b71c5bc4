#include "nn/vgg16.h"

#include <utility>

namespace sr {

FeatureStack::Design vgg16(const FeatureLayer& pool) {
  FeatureStack::Design design{"torchvision's vgg16", {}, {}};
  constexpr std::pair<std::int64_t, int> kBlocks[] = {
      {64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}};
  for (const auto& [channels, convolutions] : kBlocks) {
    if (!design.layers.empty()) {
      design.layers.push_back(pool);
    }
    for (int i = 0; i < convolutions; ++i) {
      design.layers.push_back(convolution(channels, 3, 1, 1));
      design.layers.emplace_back();  // ReLU
    }
    design.taken.push_back(design.layers.size() - 1);
  }
  return design;
}

}  // namespace sr
