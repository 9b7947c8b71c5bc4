#include "arch/gaterv3.h"

#include <string>

namespace sr::arch {
namespace {

/// Blocks of each level below `prefix`; nothing when a number is illegal.
std::optional<std::vector<int>> blocks_of_levels(const TensorShapes& shapes,
                                                 const std::string& prefix) {
  const int levels = shapes.count(prefix);
  if (levels < 1 || levels > static_cast<int>(GaterV3Options::kMostLevels)) {
    return std::nullopt;
  }
  std::vector<int> amounts;
  for (int i = 0; i < levels; ++i) {
    const std::optional<int> amount =
        within(shapes.count(prefix + std::to_string(i) + ".gated."), blocks());
    if (!amount) {
      return std::nullopt;
    }
    amounts.push_back(*amount);
  }
  return amounts;
}

}  // namespace

GaterV3Options gaterv3_s() {
  GaterV3Options options;
  options.enc_blocks = {2, 2, 4};
  options.dec_blocks = {2, 2, 2};
  return options;
}

std::optional<Impossible> GaterV3Options::impossible(int scale) const {
  if (enc_blocks.size() != dec_blocks.size()) {
    return Impossible{"dec_blocks", "needs as many entries as enc_blocks, which has " +
                                        std::to_string(enc_blocks.size()) + ", got " +
                                        std::to_string(dec_blocks.size())};
  }
  if (enc_blocks.empty() || enc_blocks.size() > kMostLevels) {
    return Impossible{"enc_blocks",
                      "needs 1 to 6 entries, got " + std::to_string(enc_blocks.size())};
  }
  if (dim % 2 != 0) {
    return Impossible{"dim", "needs an even number, got " + std::to_string(dim)};
  }
  if (attention && dim * grid() % kHeads != 0) {
    return Impossible{"attention", "has 16 heads, which do not divide the " +
                                       std::to_string(dim * grid()) +
                                       " features of the coarsest grid"};
  }
  return impossible_upsampler("upsample", upsample, scale, {"dim", dim});
}

std::optional<Recognised<GaterV3Options>> GaterV3Options::recognise(const TensorShapes& shapes) {
  if (!shapes.has("gater_encode.0.gated.0.gamma0") || !shapes.has("sisr_cat_conv.weight") ||
      shapes.size("in_to_dim.weight", 1) != kRgb) {
    return std::nullopt;
  }
  const std::optional<int> width =
      within(shapes.size("in_to_dim.weight", 0), between(8, kMostFeatures));
  const auto down = blocks_of_levels(shapes, "gater_encode.");
  const auto up = blocks_of_levels(shapes, "decode.");
  const bool without_upsampler = shapes.has("dim_to_in.weight");
  const std::optional<UniUpsamplerFound> end =
      without_upsampler ? UniUpsamplerFound{UniUpsampler::kPixelShuffle, 1}
                        : recognise_uni_upsampler(shapes, "dim_to_in.");
  if (!width || !down || !up || !end || end->scale < 1) {
    return std::nullopt;
  }
  GaterV3Options options;
  options.dim = *width;
  options.enc_blocks = *down;
  options.dec_blocks = *up;
  options.num_latent = shapes.count("latent.");
  options.upsample = end->kind;
  options.upsample_mid_dim = within(end->middle, features()).value_or(options.upsample_mid_dim);
  options.attention = shapes.has("latent.0.token_mix.qkv.weight");
  options.sisr_blocks = shapes.count("span_n_b.");
  const TensorShapes::Codes* flash = shapes.codes("latent.0.token_mix.flash");
  options.flash = flash == nullptr || flash->empty() || flash->front() != 0;
  const std::optional<Impossible> problem = options.impossible(end->scale);
  return problem ? std::nullopt : std::optional(Recognised<GaterV3Options>{options, end->scale});
}

}  // namespace sr::arch
