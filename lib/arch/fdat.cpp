#include "arch/fdat.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "arch/window.h"

namespace sr::arch {
namespace {

std::string block_name(int index) {
  return "groups.0.blocks." + std::to_string(index) + ".";
}

/// The blocks of the first group.
std::vector<FdatBlock> blocks_of(const TensorShapes& shapes) {
  std::vector<FdatBlock> found;
  const int depth = shapes.count("groups.0.blocks.");
  for (int i = 0; i < std::min(depth, kMostBlocks); ++i) {
    const bool spatial = shapes.has(block_name(i) + "attn.bias");
    if (!spatial && !shapes.has(block_name(i) + "attn.temp")) {
      return {};
    }
    found.push_back(spatial ? FdatBlock::kSpatial : FdatBlock::kChannel);
  }
  return found;
}

/// How many of the first entries, repeated, are all of them.
std::size_t period_of(const std::vector<FdatBlock>& sequence) {
  for (std::size_t period = 1; period < sequence.size(); ++period) {
    if (sequence.size() % period == 0 &&
        std::equal(sequence.begin() + static_cast<std::ptrdiff_t>(period), sequence.end(),
                   sequence.begin())) {
      return period;
    }
  }
  return sequence.size();
}

/// num_heads and, by the table of a spatial block, window_size. False for what they cannot be.
bool read_attention(const TensorShapes& shapes, const std::vector<FdatBlock>& blocks,
                    FdatBody& options) {
  const auto spatial = std::ranges::find(blocks, FdatBlock::kSpatial);
  const bool has_table = spatial != blocks.end();
  const std::string name =
      has_table ? block_name(static_cast<int>(spatial - blocks.begin())) + "attn.bias"
                : block_name(0) + "attn.temp";
  const std::optional<int> heads = within(shapes.size(name, 0), features());
  const std::optional<int> side =
      has_table ? square_side(shapes.size(name, 1)) : std::optional(options.window_size);
  if (!heads || !side) {
    return false;
  }
  options.num_heads = *heads;
  options.window_size = *side;
  return true;
}

/// With the values that the published networks have in common.
FdatOptions published(int embed_dim, int groups, int depth, int heads) {
  FdatOptions options;
  options.embed_dim = embed_dim;
  options.num_groups = groups;
  options.depth_per_group = depth;
  options.num_heads = heads;
  options.upsampler_type = UniUpsampler::kTransposeConv;
  return options;
}

}  // namespace

std::optional<Impossible> FdatBody::impossible_body(int enlargement) const {
  if (embed_dim % num_heads != 0) {
    return Impossible{"num_heads",
                      fmt::format("{} does not divide embed_dim {}", num_heads, embed_dim)};
  }
  if (aim_reduction_ratio > embed_dim) {
    return Impossible{"aim_reduction_ratio",
                      fmt::format("{} is more than embed_dim {}", aim_reduction_ratio, embed_dim)};
  }
  if (static_cast<int>(embed_dim * ffn_expansion_ratio) < 1) {
    return Impossible{"ffn_expansion_ratio",
                      fmt::format("{} of {} features leaves none", ffn_expansion_ratio, embed_dim)};
  }
  if (group_block_pattern.empty()) {
    return Impossible{"group_block_pattern", "needs an entry"};
  }
  return impossible_upsampler("upsampler_type", upsampler_type, enlargement, {"mid_dim", mid_dim});
}

std::optional<int> FdatBody::read_body(const TensorShapes& shapes) {
  const std::vector<FdatBlock> sequence = blocks_of(shapes);
  const std::optional<int> groups = within(shapes.count("groups."), arch::blocks());
  const std::int64_t inside = shapes.size(block_name(0) + "ffn.smix.weight", 0);
  const std::optional<UniUpsamplerFound> end = recognise_uni_upsampler(shapes, "upsampler.");
  const std::optional<int> reduction =
      divisor(embed_dim, shapes.size(block_name(0) + "inter.cg.1.weight", 0));
  if (sequence.empty() || !groups || inside < 1 || !end || !reduction ||
      !read_attention(shapes, sequence, *this)) {
    return std::nullopt;
  }
  const std::size_t period = period_of(sequence);
  num_groups = *groups;
  depth_per_group = static_cast<int>(sequence.size() / period);
  group_block_pattern.assign(sequence.begin(),
                             sequence.begin() + static_cast<std::ptrdiff_t>(period));
  ffn_expansion_ratio = ratio_of(inside, embed_dim);
  aim_reduction_ratio = *reduction;
  mid_dim = within(end->middle, features()).value_or(mid_dim);
  upsampler_type = end->kind;
  return end->scale;
}

std::optional<Recognised<FdatOptions>> FdatOptions::recognise(const TensorShapes& shapes) {
  const bool folds = shapes.has("conv_first.1.weight");
  const std::string first = folds ? "conv_first.1.weight" : "conv_first.weight";
  const std::optional<int> width = within(shapes.size(first, 0), features());
  const std::optional<int> fold =
      folds ? shuffled_scale(shapes.size(first, 1), kRgb) : std::optional(1);
  const std::optional<int> inputs =
      folds ? std::optional(kRgb) : within(shapes.size(first, 1), arch::input_channels());
  if (!width || !fold || !inputs || shapes.has("flow_net.flow_pred.weight")) {
    return std::nullopt;
  }
  Recognised<FdatOptions> found;
  FdatOptions& options = found.options;
  options.embed_dim = *width;
  const std::optional<int> enlarged = options.read_body(shapes);
  if (!enlarged || (folds && *enlarged != 4)) {
    return std::nullopt;
  }
  found.scale = folds ? 4 / *fold : *enlarged;
  options.num_in_ch = *inputs;
  options.unshuffle_mod = folds;
  return found;
}

FdatOptions fdat_tiny() {
  FdatOptions options = published(96, 2, 2, 3);
  options.ffn_expansion_ratio = 1.5;
  options.drop_path_rate = 0.05;
  return options;
}
FdatOptions fdat_light() {
  FdatOptions options = published(108, 3, 2, 4);
  options.drop_path_rate = 0.08;
  return options;
}
FdatOptions fdat_medium() {
  return published(120, 4, 3, 4);
}
FdatOptions fdat_medium_aligned() {
  return published(128, 4, 3, 4);
}
FdatOptions fdat_large() {
  return published(180, 4, 4, 6);
}
FdatOptions fdat_xl() {
  return published(180, 6, 6, 6);
}

}  // namespace sr::arch
