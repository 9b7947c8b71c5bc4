#include "infer/reach.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "arch/catalogue.h"
#include "infer/grids.h"

namespace sr {
namespace {

using arch::UniUpsampler;

/// Followed from the output back: `pixels` of the grid that the walk has come to are within reach.
struct Walk {
  int pixels = 0;

  /// Through a convolution of this side.
  Walk& conv(int side = 3) {
    pixels += side / 2;
    return *this;
  }
  /// From one grid to another whose pixels are `factor` times as large.
  Walk& coarser(int factor) {
    pixels = (pixels + factor - 1) / factor;
    return *this;
  }
  /// Of a network that begins with a pixel unshuffle, whose walk has come to the folded input.
  Surroundings folded(int fold) const { return {.reach = (pixels + 1) * fold - 1, .grid = fold}; }
};

/// The factors of a scale's steps up.
int step_of(int scale) {
  return scale == 3 ? 3 : 2;
}

/// A pixel for each 3x3 convolution.
Surroundings surroundings(const arch::CompactOptions& options, int /*scale*/) {
  return {.reach = options.num_conv + 2};
}

Surroundings rrdb(const arch::RrdbNetOptions& options, int scale, bool folds) {
  const int fold = folds && scale <= 2 ? 4 / scale : 1;
  const int network_scale = scale * fold;
  const int factor = step_of(network_scale);
  // The last two convolutions, then the one behind each step up; 15 in each block, and one on each
  // side of them.
  Walk walk = Walk{}.conv().conv();
  for (int left = network_scale; left > 1; left /= factor) {
    walk.conv().coarser(factor);
  }
  constexpr int kInBlock = 15;
  walk.pixels += 2 + kInBlock * options.num_block;
  return walk.folded(fold);
}

Surroundings surroundings(const arch::RrdbNetOptions& options, int scale) {
  return rrdb(options, scale, true);
}

Surroundings surroundings(const arch::EsrganOptions& options, int scale) {
  return rrdb(options, scale, options.use_pixel_unshuffle);
}

/// A block of an image looks through kernels of 5, of 7 with gaps of two pixels, and of 3; there is
/// a convolution in front of the stages and two behind them. In front of those blocks a stage sees
/// patches as a whole.
Surroundings surroundings(const arch::DitnOptions& options, int /*scale*/) {
  constexpr int kInBlock = 2 + 3 * 3 + 1;
  constexpr int kMultiple = 8;
  const int patch = options.patch_size;
  const int in_stage = options.sal_blocks * kInBlock;
  const int in_whole_patches = (in_stage + patch - 1) / patch * patch;
  // Behind the last stage a pixel may be the first or the last of its patch.
  const int pixels = 2 + in_stage + patch - 1 + (options.ufone_blocks - 1) * in_whole_patches + 1;
  return {.reach = pixels, .grid = kMultiple};
}

/// Blocks of three convolutions, and one each at the begin, behind the blocks and at the end.
Surroundings surroundings(const arch::SpanOptions& options, int /*scale*/) {
  constexpr int kInBlock = 3;
  return {.reach = kInBlock * options.num_blocks + 3};
}

/// A first convolution; stages of blocks with one more behind them; the upsampler. DySample looks
/// wherever its offsets point.
Surroundings surroundings(const arch::SpanPlusOptions& options, int /*scale*/) {
  if (options.upsampler == arch::SpanPlusUpsampler::kDySample) {
    return {};
  }
  constexpr int kInBlock = 3;
  int pixels = 2;
  for (const int inner_blocks : options.blocks) {
    pixels += kInBlock * (inner_blocks + 2) + 1;
  }
  return {.reach = pixels};
}

/// Its blocks: two convolutions, the large kernel, the attention. GroupNorm averages the whole
/// image.
Surroundings surroundings(const arch::RealPlksrOptions& options, int /*scale*/) {
  if (options.upsampler == arch::RealPlksrOptions::Upsampler::kDySample || !options.layer_norm) {
    return {};
  }
  const int in_block = 2 + options.kernel_size / 2 + (options.use_ea ? 1 : 0);
  return {.reach = options.n_blocks * in_block + 2};
}

/// How far the large kernel of a block looks, as one or as a sum of several.
int large_kernel(const arch::PlksrOptions& options) {
  int most = options.kernel_size / 2;
  if (options.lk_type != arch::PlksrOptions::Kernel::kSparsePlk) {
    return most;
  }
  most = options.use_max_kernel ? most : 0;
  for (std::size_t i = 0; i < options.sparse_kernels.size(); ++i) {
    most = std::max(most, options.sparse_kernels[i] / 2 * options.sparse_dilations.at(i));
  }
  return most;
}

Surroundings surroundings(const arch::PlksrOptions& options, int /*scale*/) {
  const int in_mixer = options.ccm_type == arch::PlksrOptions::Mixer::kDccm ? 2 : 1;
  const int in_block = in_mixer + large_kernel(options) + (options.use_ea ? 1 : 0);
  return {.reach = options.n_blocks * in_block + 2};
}

/// Blocks of a convolution, a depthwise one and a convolution; one in front, two behind, and the
/// upsampler's.
Surroundings surroundings(const arch::MosrOptions& options, int /*scale*/) {
  if (options.upsampler == arch::MosrOptions::Upsampler::kDySample) {
    return {};
  }
  return {.reach = options.n_block * (2 + options.kernel_size / 2) + 4};
}

/// How far the upsampler looks in the features; nothing where it has no bound.
std::optional<Walk> through(UniUpsampler upsampler, int scale) {
  const int factor = step_of(scale);
  Walk walk = Walk{}.conv();
  if (scale == 1) {
    return walk;
  }
  switch (upsampler) {
    case UniUpsampler::kDySample:
    case UniUpsampler::kLda:
      return std::nullopt;
    case UniUpsampler::kConv:
    case UniUpsampler::kPixelShuffleDirect:
      return walk;
    case UniUpsampler::kPixelShuffle:
      for (int left = scale; left > 1; left /= factor) {
        walk.coarser(factor).conv();
      }
      return walk.conv();
    case UniUpsampler::kNearestConv:
      walk.conv();
      for (int left = scale; left > 1; left /= factor) {
        walk.coarser(factor).conv();
      }
      return walk;
    case UniUpsampler::kTransposeConv:
      // Kernels of four pixels at stride 2 look one pixel of the fine grid further on both sides.
      for (int left = scale; left > 1; left /= factor) {
        walk.pixels += factor == 2 ? 1 : 0;
        walk.coarser(factor);
      }
      return walk;
    case UniUpsampler::kPaUp:
      for (int left = scale; left > 1; left /= factor) {
        walk.conv().conv().coarser(factor);
      }
      return walk;
  }
  return std::nullopt;
}

Surroundings surroundings(const arch::MosrV2Options& options, int scale) {
  const int fold = options.unshuffle_mod && scale <= 2 ? 4 / scale : 1;
  std::optional<Walk> walk = through(options.upsampler, scale * fold);
  if (!walk) {
    return {.grid = fold};
  }
  constexpr int kInBlock = 1 + 5 + 1;  // the oblong kernels have 11 pixels
  walk->pixels += kInBlock * options.n_block + 3;
  return walk->folded(fold);
}

/// A convolution, three in each block, one behind them, one at the end.
Surroundings surroundings(const arch::ArtCnnOptions& options, int /*scale*/) {
  return {.reach = options.kernel_size / 2 * (3 * options.n_block + 3)};
}

Surroundings surroundings(const arch::DisOptions& options, int scale) {
  Walk walk = Walk{}.conv();
  for (int left = scale; left > 1; left /= step_of(scale)) {
    walk.coarser(step_of(scale)).conv();
  }
  const int in_block = options.use_depthwise ? 1 : 2;
  walk.pixels += options.num_blocks * in_block + 2;
  return {.reach = walk.pixels};
}

/// Channel attention averages the whole image. Else the first convolution; in a block one in front,
/// a 3x3 and a 5x5 on a grid half as fine, and one behind; the last one.
Surroundings surroundings(const arch::RtMosrOptions& options, int scale) {
  const int fold = options.fold(scale);
  if (options.se) {
    return {.grid = 2 * fold};
  }
  Walk walk = Walk{}.coarser(scale * fold).conv();
  for (int i = 0; i < options.n_blocks; ++i) {
    constexpr int kShift = 5;
    if (options.dccm) {
      walk.conv();
    }
    // Of a pair of fine pixels the far one counts.
    walk.pixels += 1 + 2 * Walk{}.conv(kShift).conv().pixels;
    walk.conv();
  }
  Surroundings found = walk.conv().folded(fold);
  found.grid = 2 * fold;
  return found;
}

/// From the output back: two convolutions around the shuffle, at each level one at the end, one
/// behind the blocks, three in each of them and one in front, and that of a frame. Only where the
/// image ends does a tile differ from the whole, which is padded by other widths there.
Surroundings surroundings(const arch::TemporalSpanV2Options& options, int scale) {
  constexpr int kInBlock = 3;
  Walk walk = Walk{}.conv().coarser(scale).conv();
  const int levels = (options.num_frames - 1) / 2;
  walk.pixels += std::max(levels * (kInBlock * options.num_blocks + 3), options.residual ? 1 : 0);
  return {.reach = walk.conv().pixels};
}

/// Depthwise and dilated kernels: of the widest third of a block and of the end of a group; one
/// more in a block, and the convolutions around the groups.
Surroundings surroundings(const arch::ManOptions& options, int /*scale*/) {
  constexpr int kInBlock = 3 + 4 * 4 + 3;
  constexpr int kBehindBlocks = 3 + 3 * 4;
  return {.reach = options.n_resgroups * (options.n_resblocks * kInBlock + kBehindBlocks) + 2 +
                   (options.n_resgroups > 1 ? 1 : 0)};
}

/// The first convolution, the gated blocks of the groups, and at the end of each group three more
/// between two convolutions, of which the second is on a grid half as fine.
Surroundings surroundings(const arch::MoEsr2Options& options, int scale) {
  std::optional<Walk> walk = through(options.upsampler, scale);
  if (!walk) {
    return {.grid = arch::MoEsr2Options::kGrid};
  }
  constexpr int kInBlock = 1 + 5 + 1;  // the oblong kernels have 11 pixels
  // Of a pair of fine pixels the far one counts.
  constexpr int kCoarse = 1 + 2 * (1 + 3 * kInBlock) + 1;
  walk->pixels += options.n_blocks * (options.n_block * kInBlock + kCoarse) + 1;
  return {.reach = walk->pixels, .grid = arch::MoEsr2Options::kGrid};
}

/// From the last convolution back: one in front of each step up, one behind the blocks, two in
/// each, and the first one.
Surroundings residual(int blocks, int behind_steps, int behind_blocks, int scale) {
  const int factor = step_of(scale);
  Walk walk;
  walk.pixels = behind_steps;
  for (int left = scale; left > 1; left /= factor) {
    walk.coarser(factor).conv();
  }
  return {.reach = walk.pixels + behind_blocks + 2 * blocks + 1};
}

Surroundings surroundings(const arch::EdsrOptions& options, int scale) {
  return residual(options.num_block, /*behind_steps=*/1, /*behind_blocks=*/1, scale);
}

/// The bilinear image that is added sees a pixel.
Surroundings surroundings(const arch::MsrResNetOptions& options, int scale) {
  return residual(options.num_block, /*behind_steps=*/2, /*behind_blocks=*/0, scale);
}

/// As SPAN, without a convolution behind the blocks.
Surroundings surroundings(const arch::SpanF3Options& options, int scale) {
  constexpr int kInBlock = 3;
  return Walk{kInBlock * options.num_blocks + 2}.folded(options.fold(scale));
}

}  // namespace

Surroundings surroundings_of(const arch::Options& options, int scale) {
  return std::visit([&](const auto& own) { return surroundings(own, scale); }, options);
}

}  // namespace sr
