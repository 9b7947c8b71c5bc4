#include "arch/dat.h"

#include <fmt/format.h>

#include <string>

namespace sr::arch {
namespace {

/// The first convolution, which may see the input folded.
bool read_head(const TensorShapes& shapes, Recognised<DatOptions>& found) {
  const bool folded = shapes.has("conv_first.1.weight");
  const std::string name = folded ? "conv_first.1.weight" : "conv_first.weight";
  const std::optional<int> width = within(shapes.size(name, 0), features());
  if (!width) {
    return false;
  }
  found.options.embed_dim = *width;
  found.options.unshuffle_mod = folded;
  if (folded) {
    const std::optional<int> fold = shuffled_scale(shapes.size(name, 1), kRgb);
    if (found.scale != 4 || !fold || (*fold != 2 && *fold != 4)) {
      return false;
    }
    found.scale = 4 / *fold;
  }
  return true;
}

bool read_tail(const TensorShapes& shapes, Recognised<DatOptions>& found) {
  const bool direct = !shapes.has("conv_last.weight");
  const std::optional<int> scale =
      direct ? shuffled_scale(shapes.size("upsample.0.weight", 0), kRgb) : stepped_scale(shapes);
  found.options.upsampler =
      direct ? WindowUpsampler::kPixelShuffleDirect : WindowUpsampler::kPixelShuffle;
  found.scale = scale.value_or(0);
  return scale.has_value();
}

/// img_size by the mask of the first block whose windows are shifted.
void read_mask(const TensorShapes& shapes, DatOptions& options) {
  for (const char* block : {"layers.0.blocks.2.attn.", "layers.1.blocks.0.attn."}) {
    const std::string mask = std::string(block) + "attn_mask_0";
    const std::int64_t windows = shapes.size(mask, 0);
    const std::int64_t area = shapes.size(mask, 1);
    if (windows < 1 || area < 1 || windows > kMostFeatures * kMostFeatures / area) {
      continue;
    }
    if (const std::optional<int> side = square_side(windows * area)) {
      options.img_size = *side;
      return;
    }
  }
}

}  // namespace

std::optional<Impossible> DatOptions::impossible(int /*scale*/) const {
  if (auto found =
          impossible_body("expansion_factor", static_cast<int>(embed_dim * expansion_factor))) {
    return found;
  }
  if (img_size % longer_side() != 0) {
    return Impossible{"img_size",
                      fmt::format("{} is no multiple of the sides of split_size", img_size)};
  }
  return std::nullopt;
}

std::optional<Recognised<DatOptions>> DatOptions::recognise(const TensorShapes& shapes) {
  const std::string block = "layers.0.blocks.0.";
  Recognised<DatOptions> found;
  DatOptions& options = found.options;
  const std::optional<int> inside =
      within(shapes.size(block + "ffn.fc1.weight", 0), between(2, 64 * kMostFeatures));
  if (!inside || !shapes.has("before_RG.1.weight") ||
      !shapes.has(block + "attn.dwconv.1.running_mean") || !read_tail(shapes, found) ||
      !read_head(shapes, found) || !options.read_body(shapes)) {
    return std::nullopt;
  }
  options.expansion_factor = ratio_of(*inside, options.embed_dim);
  read_mask(shapes, options);
  return found;
}

DatOptions dat_s() {
  DatOptions options;
  options.split_size = {8, 16};
  options.expansion_factor = 2;
  return options;
}

DatOptions dat_2() {
  DatOptions options;
  options.expansion_factor = 2;
  return options;
}

DatOptions dat_2_l() {
  constexpr std::size_t kGroups = 12;
  DatOptions options = dat_2();
  options.depth = std::vector<int>(kGroups, 6);
  options.num_heads = std::vector<int>(kGroups, 6);
  return options;
}

DatOptions dat_light() {
  DatOptions options = dat_2();
  options.embed_dim = 60;
  options.depth = {18};
  options.num_heads = {6};
  options.resi_connection = ResidualConnection::kThreeConvs;
  return options;
}

}  // namespace sr::arch
