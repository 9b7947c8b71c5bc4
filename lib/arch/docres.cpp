#include "arch/docres.h"

#include <fmt/format.h>

#include <array>
#include <string>

namespace sr::arch {
namespace {

using Norm = DocResOptions::Norm;

constexpr std::array kWayDown{"encoder_level1.", "encoder_level2.", "encoder_level3.", "latent."};

/// The usual ratio where it gives `inside` features of `width`.
double ratio_of_block(std::int64_t inside, int width, double usual) {
  return static_cast<std::int64_t>(usual * width) == inside ? usual : ratio_of(inside, width);
}

}  // namespace

DocResOptions docres_large() {
  DocResOptions options;
  options.dim = 64;
  options.num_blocks = {3, 4, 4, 6};
  options.num_refinement_blocks = 6;
  options.heads = {2, 4, 8, 16};
  return options;
}

std::optional<Impossible> DocResOptions::impossible(int scale) const {
  if (scale != 1) {
    return Impossible{"scale", fmt::format("docres networks have 1 alone, not {}", scale)};
  }
  if (num_blocks.size() != kGrids) {
    return Impossible{"num_blocks",
                      fmt::format("needs {} entries, got {}", kGrids, num_blocks.size())};
  }
  if (heads.size() != kGrids) {
    return Impossible{"heads", fmt::format("needs {} entries, got {}", kGrids, heads.size())};
  }
  if (dim % 2 != 0) {
    return Impossible{"dim", fmt::format("needs an even number, got {}", dim)};
  }
  for (std::size_t i = 0; i < kGrids; ++i) {
    if ((dim << i) % heads[i] != 0) {
      return Impossible{"heads", fmt::format("{} do not divide the {} features of their grid",
                                             heads[i], dim << i)};
    }
  }
  if (static_cast<int>(dim * ffn_expansion_factor) < 1) {
    return Impossible{"ffn_expansion_factor",
                      fmt::format("{} of {} features leaves none", ffn_expansion_factor, dim)};
  }
  return std::nullopt;
}

std::optional<Recognised<DocResOptions>> DocResOptions::recognise(const TensorShapes& shapes) {
  const std::string first = "patch_embed.proj.weight";
  const std::string part = "encoder_level1.0.";
  const std::optional<int> width = within(shapes.size(first, 0), features());
  const std::int64_t seen = shapes.size(first, 1);
  const std::optional<int> inputs = within(seen == kRgb + 2 ? kRgb : seen, arch::input_channels());
  const std::optional<int> refinement =
      within(shapes.count("refinement."), between(0, kMostBlocks));
  // Restormer has the same names, and twice the features at the end.
  if (!width || !inputs || !refinement || seen == kRgb || shapes.size("output.weight", 0) != kRgb ||
      shapes.size("reduce_chan_level1.weight", 0) != *width) {
    return std::nullopt;
  }
  DocResOptions options;
  options.inp_channels = *inputs;
  options.dim = *width;
  options.num_refinement_blocks = *refinement;
  options.bias = shapes.has("output.bias");
  const bool bias_free =
      shapes.has(part + "norm1.body.weight") && !shapes.has(part + "norm1.body.bias");
  options.layer_norm_type = bias_free ? Norm::kBiasFree : Norm::kWithBias;
  for (std::size_t i = 0; i < kGrids; ++i) {
    const std::string name = kWayDown.at(i);
    const std::optional<int> amount = within(shapes.count(name), between(0, kMostBlocks));
    const std::optional<int> own = within(shapes.size(name + "0.attn.temperature", 0), features());
    if (!amount || (*amount > 0 && !own)) {
      return std::nullopt;
    }
    options.num_blocks[i] = *amount;
    options.heads[i] = own.value_or(1);
    // The coarsest grid, which has the most features, tells the ratio best.
    if (const std::int64_t inside = shapes.size(name + "0.ffn.project_out.weight", 1); inside > 0) {
      options.ffn_expansion_factor =
          ratio_of_block(inside, *width << i, DocResOptions{}.ffn_expansion_factor);
    }
  }
  return options.impossible(1) ? std::nullopt
                               : std::optional(Recognised<DocResOptions>{options, 1});
}

}  // namespace sr::arch
