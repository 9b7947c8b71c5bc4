#include "arch/escrealm.h"

#include <string>

namespace sr::arch {
namespace {

/// The window whose relative positions are so many.
std::optional<int> window_of(std::int64_t positions) {
  constexpr int kLargest = 64;
  for (int side = 1; side <= kLargest; ++side) {
    const int reach = 2 * side - 1;
    if (std::int64_t{reach} * reach == positions) {
      return side;
    }
  }
  return std::nullopt;
}

}  // namespace

EscRealMOptions escrealm_xl() {
  EscRealMOptions options;
  options.dim = 128;
  options.pdim = 32;
  options.n_blocks = 16;
  options.num_heads = 8;
  options.upsampler = UniUpsampler::kPixelShuffle;
  return options;
}

std::optional<Impossible> EscRealMOptions::impossible(int scale) const {
  if (const auto found = even_kernel(kernel_size)) {
    return found;
  }
  if (pdim > dim) {
    return Impossible{"pdim", "is more than the " + std::to_string(dim) +
                                  " features of dim: " + std::to_string(pdim)};
  }
  if (dim % num_heads != 0) {
    return Impossible{"num_heads", "does not divide the " + std::to_string(dim) +
                                       " features of dim: " + std::to_string(num_heads)};
  }
  if (hidden() < 1) {
    return Impossible{"exp_ratio",
                      "leaves none of " + std::to_string(dim) + " features inside a block"};
  }
  return impossible_upsampler("upsampler", upsampler, scale * fold(scale), {"mid_dim", mid_dim});
}

std::optional<Recognised<EscRealMOptions>> EscRealMOptions::recognise(const TensorShapes& shapes) {
  const bool folds = shapes.has("proj.1.weight");
  const std::string first = folds ? "proj.1.weight" : "proj.weight";
  const std::string bias = "blocks.0.attn.relative_position_bias";
  if (!shapes.has(first) || !shapes.has("plk_filter") || !shapes.has(bias)) {
    return std::nullopt;
  }
  const std::optional<int> width = within(shapes.size(first, 0), features());
  const std::optional<int> part = within(shapes.size("plk_filter", 0), between(2, kMostFeatures));
  const std::optional<int> side = within(shapes.size("plk_filter", 2), between(1, kLargestKernel));
  const std::optional<int> amount = within(shapes.count("blocks."), blocks());
  const std::optional<int> convs = within(shapes.count("blocks.0.lns."), blocks());
  const std::optional<int> heads = within(shapes.size(bias, 0), features());
  const std::optional<int> window = window_of(shapes.size(bias, 1));
  const std::optional<int> fold = shuffled_scale(shapes.size(first, 1), kRgb);
  const std::optional<UniUpsamplerFound> end = recognise_uni_upsampler(shapes, "to_img.");
  const std::int64_t inside = shapes.size("blocks.0.convffns.0.proj.weight", 0);
  constexpr int kFoldedScale = 4;
  if (!width || !part || !side || !amount || !convs || !heads || !window || !fold || !end ||
      end->scale < 1 || inside < 1 || (*fold > 1) != folds ||
      (folds && (end->scale != kFoldedScale || kFoldedScale % *fold != 0))) {
    return std::nullopt;
  }
  EscRealMOptions options;
  options.dim = *width;
  options.pdim = *part;
  options.kernel_size = *side;
  options.n_blocks = *amount;
  options.conv_blocks = *convs;
  options.window_size = *window;
  options.num_heads = *heads;
  options.exp_ratio = ratio_of(inside, *width);
  options.mid_dim = within(end->middle, features()).value_or(options.mid_dim);
  options.upsampler = end->kind;
  options.unshuffle_mod = folds;
  const int scale = folds ? kFoldedScale / *fold : end->scale;
  return options.impossible(scale) ? std::nullopt
                                   : std::optional(Recognised<EscRealMOptions>{options, scale});
}

}  // namespace sr::arch
