#include "arch/plksr.h"

#include <string>

namespace sr::arch {
namespace {

using Mixer = PlksrOptions::Mixer;

std::optional<Mixer> mixer_of(const TensorShapes& shapes) {
  const std::int64_t first = shapes.size("feats.1.channe_mixer.0.weight", 2);
  const std::int64_t second = shapes.size("feats.1.channe_mixer.2.weight", 2);
  if (first == 3 && second == 3) {
    return Mixer::kDccm;
  }
  if (first == 3 && second == 1) {
    return Mixer::kCcm;
  }
  return first == 1 && second == 3 ? std::optional(Mixer::kIccm) : std::nullopt;
}

}  // namespace

std::optional<Recognised<PlksrOptions>> PlksrOptions::recognise(const TensorShapes& shapes) {
  const bool oblong = shapes.has("feats.1.lk.mn_conv.weight");
  const std::string large = oblong ? "feats.1.lk.mn_conv.weight" : "feats.1.lk.conv.weight";
  const std::optional<Mixer> mixer = mixer_of(shapes);
  if (!mixer || !shapes.has(large) || !shapes.has("feats.1.refine.weight")) {
    return std::nullopt;
  }
  const int layers = shapes.count("feats.");
  const std::optional<int> features = within(shapes.size("feats.0.weight", 0), arch::features());
  const std::optional<int> amount = within(layers - 2, blocks());
  const std::optional<int> side = within(shapes.size(large, 2), between(1, kLargestKernel));
  const std::optional<int> scale =
      shuffled_scale(shapes.size("feats." + std::to_string(layers - 1) + ".weight", 0), kRgb);
  if (!features || !amount || !side || !scale || shapes.size(large, 0) < 1 ||
      shapes.size(large, 0) > *features) {
    return std::nullopt;
  }
  PlksrOptions options;
  options.dim = *features;
  options.n_blocks = *amount;
  options.ccm_type = *mixer;
  options.kernel_size = *side;
  options.split_ratio = static_cast<double>(shapes.size(large, 0)) / *features;
  options.lk_type = oblong ? Kernel::kRectSparsePlk : Kernel::kPlk;
  options.use_ea = shapes.has("feats.1.attn.f.0.weight");
  return Recognised<PlksrOptions>{options, *scale};
}

}  // namespace sr::arch
