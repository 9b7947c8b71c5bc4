#include "arch/mosrv2.h"

#include <string>

namespace sr::arch {
namespace {

/// How the large image is made, its factor by the small one, and features on the way.
struct End {
  UniUpsampler upsampler = UniUpsampler::kPixelShuffleDirect;
  int scale = 0;
  std::int64_t middle = 0;  ///< 0 = leaves no trace
};

std::optional<End> dysample_end(const TensorShapes& shapes) {
  constexpr int kOffsetsPerPlace = 8;  // x and y of four groups
  const bool narrows = shapes.has("to_img.2.offset.weight");
  const std::string offset = narrows ? "to_img.2.offset.weight" : "to_img.0.offset.weight";
  const std::optional<int> scale = shuffled_scale(shapes.size(offset, 0), kOffsetsPerPlace);
  return scale ? std::optional(End{UniUpsampler::kDySample, *scale, shapes.size(offset, 1)})
               : std::nullopt;
}

std::optional<End> transposed_end(const TensorShapes& shapes) {
  const bool twice = shapes.has("to_img.2.weight");
  const bool thrice = shapes.size("to_img.0.weight", 2) == 3;
  return End{UniUpsampler::kTransposeConv, twice ? 4 : thrice ? 3 : 2};
}

/// A convolution to the shuffled image, or several with a shuffle each.
std::optional<End> shuffled_end(const TensorShapes& shapes) {
  if (!shapes.has("to_img.2.weight")) {
    const std::optional<int> scale = shuffled_scale(shapes.size("to_img.0.weight", 0), kRgb);
    return scale ? std::optional(End{UniUpsampler::kPixelShuffleDirect, *scale}) : std::nullopt;
  }
  End end{UniUpsampler::kPixelShuffle, 1, shapes.size("to_img.0.weight", 0)};
  for (int index = 2; index <= 6; index += 2) {
    const std::string name = "to_img." + std::to_string(index) + ".weight";
    if (shapes.size(name, 0) > kRgb) {
      end.scale *= shuffled_scale(shapes.size(name, 0), shapes.size(name, 1)).value_or(0);
    }
  }
  return end;
}

std::optional<End> end_of(const TensorShapes& shapes) {
  if (shapes.has("to_img.0.offset.weight") || shapes.has("to_img.2.offset.weight")) {
    return dysample_end(shapes);
  }
  const bool has_second = shapes.has("to_img.1.weight");
  if (shapes.size("to_img.0.weight", 2) == 4 || (has_second && !shapes.has("to_img.3.weight"))) {
    return transposed_end(shapes);
  }
  const bool enlarges_by_nearest = shapes.has("to_img.3.weight") || has_second;
  return enlarges_by_nearest ? std::nullopt : shuffled_end(shapes);
}

}  // namespace

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
  std::optional<End> end = end_of(shapes);
  if (!features || !amount || !fold || !end || (unshuffles && end->scale != 4) || end->scale < 1) {
    return std::nullopt;
  }
  MosrV2Options options;
  options.dim = *features;
  options.n_block = *amount;
  options.upsampler = end->upsampler;
  options.expansion_ratio =
      static_cast<double>(shapes.size(block + "fc1.weight", 0)) / 2 / *features;
  options.mid_dim = within(end->middle, arch::features()).value_or(options.mid_dim);
  options.unshuffle_mod = unshuffles || end->scale > 2;
  options.rms_norm = shapes.has(block + "norm.scale");
  return Recognised<MosrV2Options>{options, unshuffles ? 4 / *fold : end->scale};
}

}  // namespace sr::arch
