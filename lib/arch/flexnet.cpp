#include "arch/flexnet.h"

#include <fmt/format.h>

#include <string>

namespace sr::arch {
namespace {

using Pipeline = FlexNetOptions::Pipeline;
using Upsampler = FlexNetOptions::Upsampler;

struct End {
  Upsampler upsampler = Upsampler::kPixelShuffle;
  std::optional<int> scale;
};

End end_of(const TensorShapes& shapes) {
  constexpr int kOffsetsPerPlace = 8;  // x and y of four groups
  if (shapes.has("to_img.offset.weight")) {
    return {Upsampler::kDySample,
            shuffled_scale(shapes.size("to_img.offset.weight", 0), kOffsetsPerPlace)};
  }
  if (!shapes.has("to_img.1.0.weight")) {
    return {Upsampler::kPixelShuffle, shuffled_scale(shapes.size("to_img.0.weight", 0), kRgb)};
  }
  const TensorShapes::Codes* scale = shapes.codes("scale_factor");
  if (scale != nullptr && !scale->empty()) {
    return {Upsampler::kNearestConv, scale->front()};
  }
  constexpr int kLayersOfStep = 3;  // the convolution, the enlargement, the activation
  constexpr int kMostSteps = 6;
  const int steps = shapes.count("to_img.1.") / kLayersOfStep - 1;
  return {Upsampler::kNearestConv,
          steps >= 0 && steps <= kMostSteps ? std::optional(1 << steps) : std::nullopt};
}

/// Blocks of each group or grid; nothing when a number is illegal.
std::optional<std::vector<int>> blocks_of_groups(const TensorShapes& shapes, Pipeline pipeline) {
  const bool meta = pipeline == Pipeline::kMeta;
  const int groups =
      meta ? static_cast<int>(FlexNetOptions::kMetaGrids) : shapes.count("pipeline.att.");
  if (groups < 1 || groups > kMostBlocks) {
    return std::nullopt;
  }
  std::vector<int> amounts;
  for (int i = 0; i < groups; ++i) {
    const std::string name = meta ? fmt::format("pipeline.enc{}.0.t_blocks.", i)
                                  : fmt::format("pipeline.att.{}.t_blocks.", i);
    const std::optional<int> amount = within(shapes.count(name), blocks());
    if (!amount) {
      return std::nullopt;
    }
    amounts.push_back(*amount);
  }
  return amounts;
}

}  // namespace

FlexNetOptions metaflexnet() {
  FlexNetOptions options;
  options.num_blocks = {4, 6, 6, 8};
  options.pipeline_type = FlexNetOptions::Pipeline::kMeta;
  return options;
}

std::optional<Impossible> FlexNetOptions::impossible(int /*scale*/) const {
  const bool meta = pipeline_type == Pipeline::kMeta;
  if (meta && num_blocks.size() != kMetaGrids) {
    return Impossible{"num_blocks", fmt::format("needs {} entries with pipeline_type meta, got {}",
                                                kMetaGrids, num_blocks.size())};
  }
  if (num_blocks.empty()) {
    return Impossible{"num_blocks", "needs an entry"};
  }
  if (meta && dim % 2 != 0) {
    return Impossible{"dim",
                      fmt::format("needs an even number with pipeline_type meta, got {}", dim)};
  }
  if (upsampler == Upsampler::kDySample && dim % 2 != 0) {
    return Impossible{"dim", fmt::format("needs an even number with dysample, got {}", dim)};
  }
  return std::nullopt;
}

std::optional<Recognised<FlexNetOptions>> FlexNetOptions::recognise(const TensorShapes& shapes) {
  const Pipeline pipeline =
      shapes.has("pipeline.down1.body.0.weight") ? Pipeline::kMeta : Pipeline::kLinear;
  const std::string first =
      pipeline == Pipeline::kMeta ? "pipeline.enc0.0.t_blocks.0." : "pipeline.att.0.t_blocks.0.";
  const std::optional<int> width = within(shapes.size("in_to_feat.weight", 0), features());
  const std::optional<int> inputs =
      within(shapes.size("in_to_feat.weight", 1), arch::input_channels());
  const std::int64_t inside = shapes.size(first + "ffn.key.weight", 0);
  const auto amounts = blocks_of_groups(shapes, pipeline);
  const End end = end_of(shapes);
  if (!shapes.has("short_cut.conv11.weight") || !width || !inputs || !amounts || !end.scale ||
      *end.scale < 1 || inside < *width || inside % *width != 0) {
    return std::nullopt;
  }
  const std::optional<int> rate = within(inside / *width, between(1, 64));
  if (!rate) {
    return std::nullopt;
  }
  FlexNetOptions options;
  options.inp_channels = *inputs;
  options.dim = *width;
  options.num_blocks = *amounts;
  options.hidden_rate = *rate;
  options.channel_norm = shapes.has(first + "ffn.key_norm.weight");
  options.pipeline_type = pipeline;
  options.upsampler = end.upsampler;
  return options.impossible(*end.scale)
             ? std::nullopt
             : std::optional(Recognised<FlexNetOptions>{options, *end.scale});
}

}  // namespace sr::arch
