#include "arch/rcan.h"

#include <string>

#include "arch/window.h"

namespace sr::arch {

std::optional<Impossible> RcanOptions::impossible(int /*scale*/) const {
  if (auto found = even_kernel(kernel_size)) {
    return found;
  }
  if (reduction > n_feats) {
    return Impossible{"reduction", std::to_string(reduction) + " is more than n_feats " +
                                       std::to_string(n_feats)};
  }
  return std::nullopt;
}

std::optional<Recognised<RcanOptions>> RcanOptions::recognise(const TensorShapes& shapes) {
  const std::string attention = "body.0.body.0.body.3.conv_du.0.weight";
  const bool unshuffles = shapes.has("head.1.weight");
  const std::string head = unshuffles ? "head.1.weight" : "head.0.weight";
  const std::int64_t hidden = shapes.size(attention, 0);
  if (!shapes.has(head) || !shapes.has("tail.1.weight") || hidden < 1) {
    return std::nullopt;
  }
  RcanOptions options;
  const std::optional<int> features = within(shapes.size(head, 0), arch::features());
  const std::optional<int> side = within(shapes.size(head, 3), between(1, kLargestKernel));
  const std::optional<int> groups = within(shapes.count("body.") - 1, blocks());
  const std::optional<int> inside = within(shapes.count("body.0.body.") - 1, blocks());
  std::optional<int> scale = stepped_scale(shapes, "tail.0.");
  if (unshuffles) {
    const std::optional<int> fold = shuffled_scale(shapes.size(head, 1), kRgb);
    scale =
        fold && (*fold == 2 || *fold == 4) && scale == 4 ? std::optional(4 / *fold) : std::nullopt;
  }
  if (!features || !side || !groups || !inside || !scale || hidden > *features ||
      shapes.size("tail.1.weight", 0) != kRgb) {
    return std::nullopt;
  }
  options.n_feats = *features;
  options.kernel_size = *side;
  options.n_resgroups = *groups;
  options.n_resblocks = *inside;
  options.reduction = *features / static_cast<int>(hidden);
  options.norm = shapes.has("sub_mean.weight");
  options.unshuffle_mod = unshuffles;
  return Recognised<RcanOptions>{options, *scale};
}

}  // namespace sr::arch
