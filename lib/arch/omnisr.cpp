#include "arch/omnisr.h"

#include <string>

#include "arch/window.h"

namespace sr::arch {

std::optional<Impossible> OmniSrOptions::impossible(int /*scale*/) const {
  if (num_feat % kHeads != 0) {
    return Impossible{"num_feat", "needs a multiple of " + std::to_string(kHeads) +
                                      ", its heads; got " + std::to_string(num_feat)};
  }
  return std::nullopt;
}

std::optional<Recognised<OmniSrOptions>> OmniSrOptions::recognise(const TensorShapes& shapes) {
  const std::string group = "residual_layer.0.residual_layer.";
  const std::string attention = group + "0.layer.2.fn.";
  const std::optional<int> width = within(shapes.size("input.weight", 0), features());
  const std::optional<int> inputs = within(shapes.size("input.weight", 1), arch::input_channels());
  const std::optional<int> groups = within(shapes.count("residual_layer."), blocks());
  const std::optional<int> amount = within(shapes.count(group) - 1, blocks());
  const std::optional<int> scale = shuffled_scale(shapes.size("up.0.weight", 0), kRgb);
  if (!width || !inputs || !groups || !amount || !scale ||
      !shapes.has(attention + "to_qkv.weight") || !shapes.has(group + "0.layer.0.fn.0.weight")) {
    return std::nullopt;
  }
  Recognised<OmniSrOptions> found;
  found.scale = *scale;
  OmniSrOptions& options = found.options;
  options.num_feat = *width;
  options.num_in_ch = *inputs;
  options.res_num = *groups;
  options.block_num = *amount;
  options.bias = shapes.has("input.bias");
  options.pe = shapes.has(attention + "rel_pos_bias.weight");
  if (options.pe) {
    const std::optional<int> window =
        window_of_table(shapes.size(attention + "rel_pos_bias.weight", 0));
    if (!window) {
      return std::nullopt;
    }
    options.window_size = *window;
  }
  return found;
}

}  // namespace sr::arch
