#include "arch/mosr.h"

#include <string>

namespace sr::arch {
namespace {

using Upsampler = MosrOptions::Upsampler;

struct End {
  Upsampler upsampler = Upsampler::kPixelShuffle;
  std::optional<int> scale;
};

End end_of(const TensorShapes& shapes) {
  constexpr int kEnsemble = 8;
  constexpr int kOffsetsPerPlace = 8;  // x and y of four groups
  if (shapes.has("upsampler.offset.weight")) {
    return {Upsampler::kDySample,
            shuffled_scale(shapes.size("upsampler.offset.weight", 0), kOffsetsPerPlace)};
  }
  if (shapes.has("upsampler.in_to_k.weight")) {
    return {Upsampler::kGeoEnsemble,
            shuffled_scale(shapes.size("upsampler.in_to_k.weight", 0), kEnsemble * kRgb)};
  }
  return {Upsampler::kPixelShuffle, shuffled_scale(shapes.size("upsampler.0.weight", 0), kRgb)};
}

}  // namespace

std::optional<Impossible> MosrOptions::impossible(int /*scale*/) const {
  if (auto found = even_kernel(kernel_size)) {
    return found;
  }
  if (upsampler == Upsampler::kDySample && dim % 4 != 0) {
    return Impossible{"dim", "needs a multiple of 4 for dysample, got " + std::to_string(dim)};
  }
  const int mixed = static_cast<int>(conv_ratio * dim);
  const int hidden = static_cast<int>(expansion_ratio * dim);
  if (mixed < 1 || mixed > hidden) {
    return Impossible{"conv_ratio", "of the " + std::to_string(hidden) +
                                        " features inside a block " + std::to_string(mixed) +
                                        " would be convolved depthwise"};
  }
  return std::nullopt;
}

std::optional<Recognised<MosrOptions>> MosrOptions::recognise(const TensorShapes& shapes) {
  const std::int64_t mixed = shapes.size("gblocks.1.conv.weight", 0);
  const std::int64_t wide = shapes.size("gblocks.1.fc1.weight", 0);
  if (mixed < 1 || wide < 2 || !shapes.has("shortcut.conv11.weight")) {
    return std::nullopt;
  }
  constexpr int kOtherLayers = 6;  // indices in front of and behind the blocks
  const std::optional<int> features = within(shapes.size("gblocks.0.weight", 0), arch::features());
  const std::optional<int> amount = within(shapes.count("gblocks.") - kOtherLayers, blocks());
  const std::optional<int> side =
      within(shapes.size("gblocks.1.conv.weight", 2), between(1, kLargestKernel));
  const End end = end_of(shapes);
  if (!features || !amount || !side || !end.scale) {
    return std::nullopt;
  }
  MosrOptions options;
  options.dim = *features;
  options.n_block = *amount;
  options.kernel_size = *side;
  options.upsampler = end.upsampler;
  options.expansion_ratio = static_cast<double>(wide) / 2 / *features;
  options.conv_ratio = static_cast<double>(mixed) / *features;
  return Recognised<MosrOptions>{options, *end.scale};
}

}  // namespace sr::arch
