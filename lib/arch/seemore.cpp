#include "arch/seemore.h"

#include <string>

namespace sr::arch {
namespace {

/// The growth by which the experts have the features that the file says.
std::optional<SeemoreOptions::Growth> growth_of(const TensorShapes& shapes,
                                                const std::string& experts, int amount) {
  using Growth = SeemoreOptions::Growth;
  SeemoreOptions options;
  for (const Growth growth : {Growth::kExponential, Growth::kLinear, Growth::kDouble}) {
    options.lr_space = growth;
    bool fits = true;
    for (int i = 0; i < amount; ++i) {
      const std::string name = experts + std::to_string(i) + ".conv_1.weight";
      fits = fits && shapes.size(name, 0) == options.rank(i);
    }
    if (fits) {
      return growth;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Impossible> SeemoreOptions::impossible(int /*scale*/) const {
  if (global_kernel_size % 2 == 0) {
    return Impossible{"global_kernel_size",
                      "needs an odd number, got " + std::to_string(global_kernel_size)};
  }
  if (topk > num_experts) {
    return Impossible{"topk", "is more than the " + std::to_string(num_experts) +
                                  " experts that there are: " + std::to_string(topk)};
  }
  return std::nullopt;
}

std::optional<Recognised<SeemoreOptions>> SeemoreOptions::recognise(const TensorShapes& shapes) {
  const std::string experts = "body.0.local_block.block.moe_layer.experts.";
  const std::string global = "body.0.global_block.block.attn.conv.0.weight";
  if (!shapes.has(experts + "0.conv_1.weight") || !shapes.has(global)) {
    return std::nullopt;
  }
  const std::optional<int> width = within(shapes.size("conv_1.weight", 0), features());
  const std::optional<int> layers = within(shapes.count("body."), blocks());
  const std::optional<int> amount = within(shapes.count(experts), between(1, kMostExperts));
  const std::optional<int> side = within(shapes.size(global, 3), between(1, kLargestKernel));
  const std::optional<int> scale = shuffled_scale(shapes.size("upsampler.0.weight", 0), kRgb);
  if (!width || !layers || !amount || !side || !scale) {
    return std::nullopt;
  }
  const std::optional<Growth> growth = growth_of(shapes, experts, *amount);
  if (!growth) {
    return std::nullopt;
  }
  SeemoreOptions options;
  options.num_experts = *amount;
  options.num_layers = *layers;
  options.embedding_dim = *width;
  options.global_kernel_size = *side;
  options.lr_space = *growth;
  return Recognised<SeemoreOptions>{options, *scale};
}

}  // namespace sr::arch
