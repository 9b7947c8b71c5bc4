#include "arch/ditn.h"

#include <fmt/format.h>

#include <string>

namespace sr::arch {

std::optional<Impossible> DitnOptions::impossible(int /*scale*/) const {
  constexpr int kMultiple = 8;
  if (kMultiple % patch_size != 0) {
    return Impossible{"patch_size", fmt::format("needs a divisor of {}, to which images grow, got "
                                                "{}",
                                                kMultiple, patch_size)};
  }
  if (static_cast<int>(dim * ffn_expansion_factor) < 1) {
    return Impossible{"ffn_expansion_factor",
                      fmt::format("{} of {} features leaves none", ffn_expansion_factor, dim)};
  }
  return std::nullopt;
}

std::optional<Recognised<DitnOptions>> DitnOptions::recognise(const TensorShapes& shapes) {
  const std::string stage = "UFONE.0.";
  const std::string first = stage + "ITLs.0.";
  const std::optional<int> channels = within(shapes.size("sft.weight", 1), arch::input_channels());
  const std::optional<int> width = within(shapes.size("sft.weight", 0), features());
  const std::optional<int> stages = within(shapes.count("UFONE."), blocks());
  const std::optional<int> features_blocks = within(shapes.count(stage + "ITLs."), blocks());
  const std::optional<int> pixels_blocks = within(shapes.count(stage + "SALs."), blocks());
  const std::optional<int> scale = shuffled_scale(shapes.size("upsample.0.weight", 0), kRgb);
  const std::int64_t inside = shapes.size(first + "ffn.project_out.weight", 1);
  if (!channels || !width || !stages || !features_blocks || !pixels_blocks || !scale ||
      inside < 1 || !shapes.has(first + "attn.temperature")) {
    return std::nullopt;
  }
  DitnOptions options;
  options.inp_channels = *channels;
  options.dim = *width;
  options.ufone_blocks = *stages;
  options.itl_blocks = *features_blocks;
  options.sal_blocks = *pixels_blocks;
  options.ffn_expansion_factor = ratio_of(inside, *width);
  options.bias = shapes.has(first + "ffn.project_in.bias");
  return Recognised<DitnOptions>{options, *scale};
}

}  // namespace sr::arch
