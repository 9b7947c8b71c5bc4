#include "arch/mosrv2.h"

#include <string>

namespace sr::arch {

std::optional<Impossible> MosrV2Options::impossible(int scale) const {
  return impossible_upsampler("upsampler", upsampler, scale * fold(scale), {"mid_dim", mid_dim});
}

std::optional<Recognised<MosrV2Options>> MosrV2Options::recognise(const TensorShapes& shapes) {
  const bool unshuffles = shapes.has("gblocks.1.weight");
  const std::string first = unshuffles ? "gblocks.1.weight" : "gblocks.0.weight";
  const std::string block = unshuffles ? "gblocks.2." : "gblocks.1.";
  if (!shapes.has(first) || !shapes.has(block + "gamma")) {
    return std::nullopt;
  }
  const int other_layers = unshuffles ? 7 : 6;  // indices in front of and behind the blocks
  const std::optional<int> features = within(shapes.size(first, 0), between(8, kMostFeatures));
  const std::optional<int> amount = within(shapes.count("gblocks.") - other_layers, blocks());
  const std::optional<int> fold = shuffled_scale(shapes.size(first, 1), kRgb);
  const std::optional<UniUpsamplerFound> end = recognise_uni_upsampler(shapes, "to_img.");
  if (!features || !amount || !fold || !end || (unshuffles && end->scale != 4)) {
    return std::nullopt;
  }
  MosrV2Options options;
  options.dim = *features;
  options.n_block = *amount;
  options.upsampler = end->kind;
  options.expansion_ratio =
      static_cast<double>(shapes.size(block + "fc1.weight", 0)) / 2 / *features;
  options.mid_dim = within(end->middle, arch::features()).value_or(options.mid_dim);
  options.unshuffle_mod = unshuffles || end->scale > 2;
  options.rms_norm = shapes.has(block + "norm.scale");
  return Recognised<MosrV2Options>{options, unshuffles ? 4 / *fold : end->scale};
}

}  // namespace sr::arch
