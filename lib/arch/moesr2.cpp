#include "arch/moesr2.h"

#include <string>

namespace sr::arch {
namespace {

/// The ratio that makes `inside` features of `width`: the usual one where it does.
double ratio_of_block(std::int64_t inside, int width, double usual) {
  return static_cast<std::int64_t>(usual * width) == inside ? usual : ratio_of(inside, width);
}

}  // namespace

std::optional<Impossible> MoEsr2Options::impossible(int scale) const {
  if (dim % 4 != 0) {
    return Impossible{"dim", "needs a multiple of 4, got " + std::to_string(dim)};
  }
  return impossible_upsampler("upsampler", upsampler, scale, {"dim", dim});
}

std::optional<Recognised<MoEsr2Options>> MoEsr2Options::recognise(const TensorShapes& shapes) {
  const std::string fine = "blocks.0.blocks.0.fc2.weight";
  const std::string coarse = "blocks.0.msg.gated.0.fc2.weight";
  if (!shapes.has(fine) || !shapes.has(coarse)) {
    return std::nullopt;
  }
  const std::optional<int> width =
      within(shapes.size("in_to_dim.weight", 0), between(8, kMostFeatures));
  const std::optional<int> inputs =
      within(shapes.size("in_to_dim.weight", 1), sr::arch::input_channels());
  const std::optional<int> groups = within(shapes.count("blocks."), blocks());
  const std::optional<int> amount = within(shapes.count("blocks.0.blocks."), blocks());
  const std::optional<UniUpsamplerFound> end = recognise_uni_upsampler(shapes, "upscale.");
  const std::int64_t inside = shapes.size(fine, 1);
  const std::int64_t inside_coarse = shapes.size(coarse, 1);
  if (!width || !inputs || !groups || !amount || !end || end->scale < 1 || inside < *width ||
      inside_coarse < *width) {
    return std::nullopt;
  }
  MoEsr2Options options;
  options.in_ch = *inputs;
  options.dim = *width;
  options.n_blocks = *groups;
  options.n_block = *amount;
  options.expansion_factor = ratio_of_block(inside, *width, options.expansion_factor);
  options.expansion_msg = ratio_of_block(inside_coarse, *width, options.expansion_msg);
  options.upsampler = end->kind;
  options.upsample_dim = within(end->middle, features()).value_or(options.upsample_dim);
  return options.impossible(end->scale)
             ? std::nullopt
             : std::optional(Recognised<MoEsr2Options>{options, end->scale});
}

}  // namespace sr::arch
