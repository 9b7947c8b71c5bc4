#include "recipe/perceptual_loss.h"

#include <fmt/format.h>

#include <algorithm>

namespace sr::recipe {
namespace {

constexpr int kPatch = 5;  ///< side of fd's projections, pixels of a layer

int block_of(const std::string& layer) {
  return layer[4] - '0';
}

std::vector<std::string> layers_of_vgg19(bool antialiased) {
  std::vector<std::string> names;
  int block = 0;
  for (const int convolutions : {2, 2, 4, 4, 4}) {
    ++block;
    for (int i = 1; i <= convolutions; ++i) {
      names.push_back(fmt::format("conv{}_{}", block, i));
      names.push_back(fmt::format("relu{}_{}", block, i));
    }
    names.push_back(fmt::format("pool{}", block));
    if (antialiased) {
      names.push_back(fmt::format("blur{}", block));
    }
  }
  return names;
}

}  // namespace

const std::vector<std::string>& vgg19_layers(bool antialiased) {
  static const std::vector<std::string> kPlain = layers_of_vgg19(false);
  static const std::vector<std::string> kAntialiased = layers_of_vgg19(true);
  return antialiased ? kAntialiased : kPlain;
}

bool PerceptualOptions::compares_distributions() const {
  using enum FeatureCriterion;
  return criterion == kPd || criterion == kFd || criterion == kPdL1 || criterion == kFdL1;
}

bool PerceptualOptions::compares_values() const {
  return criterion != FeatureCriterion::kPd && criterion != FeatureCriterion::kFd;
}

std::vector<std::string> PerceptualOptions::layers() const {
  std::vector<std::string> names;
  std::ranges::copy_if(vgg19_layers(antialiased), std::back_inserter(names),
                       [&](const std::string& name) { return layer_weights.contains(name); });
  return names;
}

std::vector<double> PerceptualOptions::alphas() const {
  if (!alpha.empty()) {
    return alpha;
  }
  std::vector<double> shares;
  for (const std::string& name : layers()) {
    shares.push_back(compares_distributions() && !name.starts_with("conv") ? 1 : 0);
  }
  return shares;
}

std::map<std::string, double> PerceptualOptions::layers_of(FeatureCriterion criterion) {
  const PerceptualOptions asked{.criterion = criterion};
  std::map<std::string, double> layers;
  for (const auto& [name, weight] : PerceptualOptions{}.layer_weights) {
    if (asked.compares_values()) {
      layers[name] = weight;
    }
    if (asked.compares_distributions()) {
      layers["relu" + name.substr(4)] = weight;
    }
  }
  return layers;
}

int PerceptualOptions::smallest_side() const {
  const bool spectra = criterion == FeatureCriterion::kFd || criterion == FeatureCriterion::kFdL1;
  const std::vector<std::string> names = layers();
  const std::vector<double> shares = alphas();
  int side = 1;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const int block = block_of(names[i]);
    const bool halved = names[i].starts_with("pool") || names[i].starts_with("blur");
    const int halvings = halved ? block : block - 1;
    const bool projected = spectra && i < shares.size() && shares[i] > 0;
    side = std::max(side, (projected ? kPatch : 1) << halvings);
    if (antialiased && halvings > 0) {  // a blur mirrors two pixels of what its pool left
      side = std::max(side, 4 << (halvings - 1));
    }
  }
  return side;
}

std::optional<std::string> PerceptualOptions::problem() const {
  const std::vector<std::string> names = layers();
  if (names.size() != layer_weights.size()) {
    return "layer_weights: blur1 ... blur5 are layers with antialiased: true";
  }
  if (!alpha.empty() && alpha.size() != names.size()) {
    return fmt::format("alpha: {} numbers for {} layers of layer_weights", alpha.size(),
                       names.size());
  }
  if (!compares_distributions() && std::ranges::any_of(alpha, [](double a) { return a > 0; })) {
    return "alpha is the share of the criteria pd and fd; give one of them, or l1 with them";
  }
  const std::vector<double> shares = alphas();
  if (!compares_values() && std::ranges::any_of(shares, [](double a) { return a < 1; })) {
    return "criterion pd or fd alone needs an alpha of 1 for each layer, which a conv layer has by "
           "alpha alone; pd+l1 and fd+l1 compare the rest";
  }
  if (compares_distributions() && style_weight > 0) {
    return "style_weight: Gram matrices have no distributions; criteria pd and fd leave it at 0";
  }
  return std::nullopt;
}

std::optional<std::string> PerceptualOptions::layer_problem(const std::string& name) {
  const std::vector<std::string>& known = vgg19_layers(/*antialiased=*/true);
  if (std::ranges::find(known, name) != known.end()) {
    return std::nullopt;
  }
  return fmt::format("vgg19 has no layer '{}'; it has conv1_1, relu1_1 ... pool5", name);
}

}  // namespace sr::recipe
