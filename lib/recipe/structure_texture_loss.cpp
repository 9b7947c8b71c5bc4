#include "recipe/structure_texture_loss.h"

#include <fmt/format.h>

#include <algorithm>

namespace sr::recipe {

int StructureTextureOptions::smallest_side() const {
  return perceptual_weight > 0 ? PerceptualOptions{.layer_weights = layer_weights}.smallest_side()
                               : 1;
}

std::optional<std::string> StructureTextureOptions::problem() const {
  if (pixel_weight == 0 && perceptual_weight == 0) {
    return "pixel_weight and perceptual_weight are both 0, nothing is compared";
  }
  return std::nullopt;
}

std::optional<std::string> StructureTextureOptions::layer_problem(const std::string& name) {
  if (std::ranges::find(vgg19_layers(), name) != vgg19_layers().end()) {
    return std::nullopt;
  }
  return fmt::format("vgg19 has no layer '{}'; it has conv1_1, relu1_1 ... pool5", name);
}

}  // namespace sr::recipe
