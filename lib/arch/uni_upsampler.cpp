#include "arch/uni_upsampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sr::arch {
namespace {

using Found = UniUpsamplerFound;

/// The layers of an upsampler.
struct Layers {
  const TensorShapes& shapes;
  const std::string& prefix;

  std::string weight(int index) const { return prefix + std::to_string(index) + ".weight"; }
  bool has(int index) const { return shapes.has(weight(index)); }
  std::int64_t size(int index, std::size_t axis) const { return shapes.size(weight(index), axis); }

  std::optional<Found> dysample() const {
    constexpr int kOffsetsPerPlace = 8;  // x and y of four groups
    const bool narrows = shapes.has(prefix + "2.offset.weight");
    const std::string offset = prefix + (narrows ? "2" : "0") + ".offset.weight";
    const std::optional<int> scale = shuffled_scale(shapes.size(offset, 0), kOffsetsPerPlace);
    return scale ? std::optional(Found{UniUpsampler::kDySample, *scale, shapes.size(offset, 1)})
                 : std::nullopt;
  }

  std::optional<Found> transposed() const {
    const bool twice = has(2);
    const bool thrice = size(0, 2) == 3;
    return Found{UniUpsampler::kTransposeConv, twice ? 4 : thrice ? 3 : 2};
  }

  /// A convolution to the shuffled image, or several with a shuffle each.
  std::optional<Found> shuffled() const {
    if (!has(2)) {
      const std::optional<int> scale = shuffled_scale(size(0, 0), kRgb);
      return scale ? std::optional(Found{UniUpsampler::kPixelShuffleDirect, *scale}) : std::nullopt;
    }
    Found found{UniUpsampler::kPixelShuffle, 1, size(0, 0)};
    for (int index = 2; index <= 6; index += 2) {
      if (size(index, 0) > kRgb) {
        found.scale *= shuffled_scale(size(index, 0), size(index, 1)).value_or(0);
      }
    }
    return found.scale > 0 ? std::optional(found) : std::nullopt;
  }

  /// By MetaUpsample: version, kind, scale, input, output and middle features, groups of dysample.
  std::optional<Found> by_codes(const TensorShapes::Codes& codes) const {
    constexpr std::size_t kAmount = 7;
    constexpr std::array<std::uint8_t, 2> kVersions{1, 3};
    constexpr std::uint8_t kLargestScale = 8;
    if (codes.size() != kAmount || std::ranges::count(kVersions, codes[0]) == 0 || codes[2] < 1 ||
        codes[2] > kLargestScale) {
      return std::nullopt;
    }
    for (const auto& [name, kind] : uni_upsamplers()) {
      if (static_cast<int>(kind) == codes[1]) {
        const std::int64_t seen = codes[2] > 1 ? middle_of(kind) : 0;
        return Found{kind, codes[2], seen > 0 ? seen : codes[5]};
      }
    }
    return std::nullopt;
  }

  /// More than 255 features do not fit into a code.
  std::int64_t middle_of(UniUpsampler kind) const {
    return kind == UniUpsampler::kPixelShuffle ? size(0, 0)
           : kind == UniUpsampler::kPaUp       ? size(1, 0)
           : kind == UniUpsampler::kLda        ? shapes.size(lda() + "layer_norm.weight", 0)
                                               : 0;
  }

  /// The prefix of lda's layers, empty without them.
  std::string lda() const {
    for (const char* index : {"0.", "2."}) {
      if (shapes.has(prefix + index + "proj_q.weight")) {
        return prefix + index;
      }
    }
    return "";
  }

  std::optional<Found> by_shapes() const {
    if (!lda().empty()) {
      return std::nullopt;
    }
    if (shapes.has(prefix + "0.offset.weight") || shapes.has(prefix + "2.offset.weight")) {
      return dysample();
    }
    if (size(0, 2) == 4 || (has(1) && !has(3))) {
      return transposed();
    }
    const bool enlarges_by_nearest = has(3) || has(1);
    return enlarges_by_nearest ? std::nullopt : shuffled();
  }
};

}  // namespace

std::optional<Impossible> impossible_upsampler(const char* option, UniUpsampler kind, int scale,
                                               const NamedWidth& sampled) {
  constexpr int kMostTransposed = 4;
  constexpr int kDySampleGroups = 4;
  constexpr int kLdaReduction = 4;
  const int width = sampled.features;
  if (scale == 1) {
    return std::nullopt;
  }
  if (kind == UniUpsampler::kConv) {
    return Impossible{option, fmt::format("conv has scale 1 alone; it would enlarge by {}", scale)};
  }
  if (kind == UniUpsampler::kTransposeConv && scale > kMostTransposed) {
    return Impossible{option, fmt::format("transpose+conv has no scale {}", scale)};
  }
  if (kind == UniUpsampler::kDySample && width % kDySampleGroups != 0) {
    return Impossible{sampled.option,
                      fmt::format("needs a multiple of 4 for dysample, got {}", width)};
  }
  const int inside = width / kLdaReduction;
  if (kind == UniUpsampler::kLda && (width % 2 != 0 || inside % 2 != 0 || inside == 0)) {
    return Impossible{
        sampled.option,
        fmt::format("needs an even number for lda whose quarter, rounded down, is even, got {}",
                    width)};
  }
  return std::nullopt;
}

std::optional<UniUpsamplerFound> recognise_uni_upsampler(const TensorShapes& shapes,
                                                         const std::string& prefix) {
  const Layers layers{shapes, prefix};
  if (const TensorShapes::Codes* codes = shapes.codes(prefix + "MetaUpsample")) {
    return layers.by_codes(*codes);
  }
  return layers.by_shapes();
}

}  // namespace sr::arch
