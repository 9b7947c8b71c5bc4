#include "recipe/contextual_loss.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "recipe/perceptual_loss.h"

namespace sr::recipe {
namespace {

/// conv_3_2 to conv3_2.
std::string own_name(const std::string& layer) {
  constexpr std::size_t kUnderscore = 4;
  return layer.size() > kUnderscore && layer[kUnderscore] == '_'
             ? layer.substr(0, kUnderscore) + layer.substr(kUnderscore + 1)
             : layer;
}

}  // namespace

std::optional<std::string> ContextualOptions::layer_problem(const std::string& name) {
  const std::vector<std::string>& known = vgg19_layers();
  if (std::ranges::find(known, own_name(name)) != known.end()) {
    return std::nullopt;
  }
  return fmt::format("vgg19 has no layer '{}'; it has conv1_1, relu1_1 ... pool5", name);
}

std::map<std::string, double> ContextualOptions::layers() const {
  std::map<std::string, double> names;
  for (const auto& [layer, weight] : layer_weights) {
    names[own_name(layer)] = weight;
  }
  return names;
}

int ContextualOptions::smallest_side() const {
  const int quarters = crop_quarter ? 2 : 1;
  return 2 * quarters *
         (use_vgg ? PerceptualOptions{.layer_weights = layers()}.smallest_side() : 1);
}

}  // namespace sr::recipe
