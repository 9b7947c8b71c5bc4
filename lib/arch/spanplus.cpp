#include "arch/spanplus.h"

#include <string>

namespace sr::arch {
namespace {

constexpr std::int64_t kOffsetsPerPlace = 8;  ///< of DySample: x and y of 4 groups

struct Upsampler {
  SpanPlusUpsampler kind;
  int scale;
};

std::optional<Upsampler> upsampler_of(const TensorShapes& shapes) {
  if (shapes.has("upsampler.weight")) {
    return Upsampler{SpanPlusUpsampler::kConvolution, 1};
  }
  const std::int64_t outputs = shapes.size("upsampler.0.weight", 0);
  const bool shuffles = outputs > 0;
  const std::optional<int> scale =
      shuffles ? whole_root(outputs / kRgb)
               : whole_root(shapes.size("upsampler.offset.weight", 0) / kOffsetsPerPlace);
  if (!scale || outputs % kRgb != 0) {
    return std::nullopt;
  }
  return Upsampler{shuffles ? SpanPlusUpsampler::kPixelShuffle : SpanPlusUpsampler::kDySample,
                   *scale};
}

}  // namespace

std::optional<Impossible> SpanPlusOptions::impossible(int scale) const {
  if (blocks.empty()) {
    return Impossible{"blocks", "at least one stage is needed"};
  }
  if (upsampler == SpanPlusUpsampler::kConvolution && scale != 1) {
    return Impossible{"upsampler",
                      "'conv' keeps the size, so it takes scale 1, not " + std::to_string(scale)};
  }
  if (upsampler == SpanPlusUpsampler::kDySample && feature_channels % 4 != 0) {
    return Impossible{"feature_channels", "needs a multiple of 4 for the upsampler dys, got " +
                                              std::to_string(feature_channels)};
  }
  return std::nullopt;
}

std::optional<Recognised<SpanPlusOptions>> SpanPlusOptions::recognise(const TensorShapes& shapes) {
  const std::int64_t features = shapes.size("feats.0.sk.weight", 0);
  const std::int64_t inputs = shapes.size("feats.0.sk.weight", 1);
  const int stages = shapes.count("feats.") - 1;
  const std::optional<Upsampler> upsampler = upsampler_of(shapes);
  if (!upsampler || !shapes.has("feats.1.block_1.c1_r.sk.weight") ||
      !shapes.has("feats.1.block_end.c1_r.sk.weight") ||
      !arch::features().contains(static_cast<double>(features)) ||
      !arch::input_channels().contains(static_cast<double>(inputs)) || stages > kMostBlocks) {
    return std::nullopt;
  }
  Recognised<SpanPlusOptions> found;
  found.scale = upsampler->scale;
  found.options.num_in_ch = static_cast<int>(inputs);
  found.options.feature_channels = static_cast<int>(features);
  found.options.upsampler = upsampler->kind;
  found.options.blocks.clear();
  for (int stage = 1; stage <= stages; ++stage) {
    const int blocks = shapes.count("feats." + std::to_string(stage) + ".block_n.");
    if (blocks > kMostBlocks) {
      return std::nullopt;
    }
    found.options.blocks.push_back(blocks);
  }
  return found;
}

}  // namespace sr::arch
