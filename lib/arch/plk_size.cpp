#include "arch/plk_size.h"

#include "arch/options.h"

namespace sr::arch {

std::optional<PlkSize> plk_size(const TensorShapes& shapes, const std::string& large,
                                int other_layers, const Range& kernels) {
  const int layers = shapes.count("feats.");
  const std::optional<int> width = within(shapes.size("feats.0.weight", 0), features());
  const std::optional<int> amount = within(layers - other_layers, blocks());
  const std::optional<int> side = within(shapes.size(large, 2), kernels);
  const std::optional<int> scale =
      shuffled_scale(shapes.size("feats." + std::to_string(layers - 1) + ".weight", 0), kRgb);
  const std::int64_t part = shapes.size(large, 0);
  if (!width || !amount || !side || !scale || part < 1 || part > *width) {
    return std::nullopt;
  }
  return PlkSize{*width, *amount, *side, *scale, static_cast<double>(part) / *width};
}

}  // namespace sr::arch
