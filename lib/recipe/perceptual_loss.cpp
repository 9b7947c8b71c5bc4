#include "recipe/perceptual_loss.h"

#include <fmt/format.h>

#include <algorithm>

namespace sr::recipe {

const std::vector<std::string>& vgg19_layers() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    int block = 0;
    for (const int convolutions : {2, 2, 4, 4, 4}) {
      ++block;
      for (int i = 1; i <= convolutions; ++i) {
        names.push_back(fmt::format("conv{}_{}", block, i));
        names.push_back(fmt::format("relu{}_{}", block, i));
      }
      names.push_back(fmt::format("pool{}", block));
    }
    return names;
  }();
  return kNames;
}

int PerceptualOptions::smallest_side() const {
  int side = 1;
  for (const auto& [layer, weight] : layer_weights) {
    const int block = layer[4] - '0';
    side = std::max(side, 1 << (layer.starts_with("pool") ? block : block - 1));
  }
  return side;
}

std::optional<std::string> PerceptualOptions::layer_problem(const std::string& name) {
  if (std::ranges::find(vgg19_layers(), name) != vgg19_layers().end()) {
    return std::nullopt;
  }
  return fmt::format("vgg19 has no layer '{}'; it has conv1_1, relu1_1 ... pool5", name);
}

}  // namespace sr::recipe
