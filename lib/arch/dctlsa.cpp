#include "arch/dctlsa.h"

#include <fmt/format.h>

namespace sr::arch {

std::optional<Impossible> DctlsaOptions::impossible(int /*scale*/) const {
  if (nf % num_head == 0) {
    return std::nullopt;
  }
  return Impossible{"num_head", fmt::format("{} does not divide nf {}", num_head, nf)};
}

std::optional<Recognised<DctlsaOptions>> DctlsaOptions::recognise(const TensorShapes& shapes) {
  const std::optional<int> width = within(shapes.size("fea_conv.weight", 0), features());
  const std::optional<int> scale = shuffled_scale(shapes.size("upsampler.0.weight", 0), kRgb);
  DctlsaOptions options;
  if (!width || !scale || shapes.size("fea_conv.weight", 1) != kRgb ||
      *width % options.num_head != 0 ||
      !shapes.has("B6.body.1.transformer_body.0.blocks.1.attn.local.depthwise_conv.weight")) {
    return std::nullopt;
  }
  options.nf = *width;
  return Recognised<DctlsaOptions>{options, *scale};
}

}  // namespace sr::arch
