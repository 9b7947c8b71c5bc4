#include "arch/cascadedgaze.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace sr::arch {
namespace {

/// Pixels that leave one behind so many convolutions.
int needed_pixels(int convolutions) {
  int pixels = 1;
  for (int i = convolutions - 1; i >= 0; --i) {
    const CascadedGazeOptions::Gaze& gaze =
        CascadedGazeOptions::kGazes.at(static_cast<std::size_t>(i));
    pixels = (pixels - 1) * gaze.stride + gaze.side;
  }
  return pixels;
}

/// Blocks of each of `levels` below `prefix`; nothing when a number is illegal.
std::optional<std::vector<int>> blocks_of_levels(const TensorShapes& shapes,
                                                 const std::string& prefix, int levels) {
  std::vector<int> amounts;
  for (int i = 0; i < levels; ++i) {
    const std::optional<int> amount =
        within(shapes.count(fmt::format("{}{}.", prefix, i)), between(0, kMostBlocks));
    if (!amount) {
      return std::nullopt;
    }
    amounts.push_back(*amount);
  }
  return amounts;
}

}  // namespace

int CascadedGazeOptions::smallest_side() const {
  int pixels = 1;
  for (std::size_t i = 0; i < enc_blk_nums.size(); ++i) {
    if (enc_blk_nums[i] > 0) {
      pixels = std::max(pixels, needed_pixels(gce_convs_nums.at(i)) << i);
    }
  }
  return (pixels + grid() - 1) / grid() * grid();
}

std::optional<Impossible> CascadedGazeOptions::impossible(int scale) const {
  if (scale != 1) {
    return Impossible{"scale", fmt::format("cascadedgaze has 1 alone, not {}", scale)};
  }
  if (enc_blk_nums.empty() || enc_blk_nums.size() > kMostLevels) {
    return Impossible{"enc_blk_nums", fmt::format("needs 1 to {} entries, got {}", kMostLevels,
                                                  enc_blk_nums.size())};
  }
  if (dec_blk_nums.size() != enc_blk_nums.size()) {
    return Impossible{"dec_blk_nums",
                      fmt::format("needs as many entries as enc_blk_nums, which has {}, got {}",
                                  enc_blk_nums.size(), dec_blk_nums.size())};
  }
  if (gce_convs_nums.size() < enc_blk_nums.size()) {
    return Impossible{"GCE_CONVS_nums",
                      fmt::format("needs an entry for each of the {} of enc_blk_nums, got {}",
                                  enc_blk_nums.size(), gce_convs_nums.size())};
  }
  return std::nullopt;
}

std::optional<Recognised<CascadedGazeOptions>> CascadedGazeOptions::recognise(
    const TensorShapes& shapes) {
  const std::optional<int> width = within(shapes.size("intro.weight", 0), features());
  const int levels = shapes.count("downs.");
  if (!width || shapes.size("intro.weight", 1) != kRgb || shapes.size("ending.weight", 0) != kRgb ||
      levels < 1 || levels > static_cast<int>(kMostLevels)) {
    return std::nullopt;
  }
  const auto down = blocks_of_levels(shapes, "encoders.", levels);
  const auto up = blocks_of_levels(shapes, "decoders.", levels);
  const std::optional<int> middle = within(shapes.count("middle_blks."), between(0, kMostBlocks));
  if (!down || !up || !middle) {
    return std::nullopt;
  }
  CascadedGazeOptions options;
  options.width = *width;
  options.middle_blk_num = *middle;
  options.enc_blk_nums = *down;
  options.dec_blk_nums = *up;
  options.gce_convs_nums.clear();
  bool looks_further = false;  // NAFNet has the same names without
  for (int i = 0; i < levels; ++i) {
    const int found = shapes.count(fmt::format("encoders.{}.0.GCE.depthwise_separable_convs.", i));
    looks_further = looks_further || found > 0;
    options.gce_convs_nums.push_back(found == 3 ? 3 : 2);
  }
  return looks_further ? std::optional(Recognised<CascadedGazeOptions>{options, 1}) : std::nullopt;
}

}  // namespace sr::arch
