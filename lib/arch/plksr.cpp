#include "arch/plksr.h"

#include <algorithm>
#include <string>

#include "arch/plk_size.h"

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

std::optional<Impossible> PlksrOptions::impossible(int /*scale*/) const {
  const auto is_even = [](int side) { return side % 2 == 0; };
  if (auto found = even_kernel(kernel_size)) {
    return found;
  }
  if (lk_type == Kernel::kRectSparsePlk && is_even(kernel_size / 3)) {
    return Impossible{"kernel_size", "a third of it must be odd with rectsparseplk; of " +
                                         std::to_string(kernel_size) + " it is " +
                                         std::to_string(kernel_size / 3)};
  }
  if (static_cast<int>(dim * split_ratio) < 1) {
    return Impossible{"split_ratio",
                      "leaves the large kernel none of " + std::to_string(dim) + " features"};
  }
  if (lk_type == Kernel::kSparsePlk &&
      (sparse_kernels.empty() || sparse_kernels.size() != sparse_dilations.size() ||
       std::ranges::any_of(sparse_kernels, is_even))) {
    return Impossible{"sparse_kernels", "needs odd sides, and a dilation for each"};
  }
  return std::nullopt;
}

std::optional<Recognised<PlksrOptions>> PlksrOptions::recognise(const TensorShapes& shapes) {
  const bool oblong = shapes.has("feats.1.lk.mn_conv.weight");
  const std::string large = oblong ? "feats.1.lk.mn_conv.weight" : "feats.1.lk.conv.weight";
  const std::optional<Mixer> mixer = mixer_of(shapes);
  if (!mixer || !shapes.has(large) || !shapes.has("feats.1.refine.weight")) {
    return std::nullopt;
  }
  const std::optional<PlkSize> size =
      plk_size(shapes, large, /*other_layers=*/2, between(1, kLargestKernel));
  if (!size) {
    return std::nullopt;
  }
  PlksrOptions options;
  options.dim = size->features;
  options.n_blocks = size->blocks;
  options.ccm_type = *mixer;
  options.kernel_size = size->kernel;
  options.split_ratio = size->split_ratio;
  options.lk_type = oblong ? Kernel::kRectSparsePlk : Kernel::kPlk;
  options.use_ea = shapes.has("feats.1.attn.f.0.weight");
  return Recognised<PlksrOptions>{options, size->scale};
}

}  // namespace sr::arch
