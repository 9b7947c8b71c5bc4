#pragma once

#include <optional>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"
#include "arch/uni_upsampler.h"

namespace sr::arch {

/// What a block's attention compares: the pixels of a window, or the features of the image.
enum class FdatBlock { kSpatial, kChannel };

/// What FDAT and TFDAT have in common: groups of blocks and what makes the large image.
struct FdatBody {
  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  int embed_dim = 120;
  int num_groups = 4;
  int depth_per_group = 3;
  int num_heads = 4;
  int window_size = 8;
  double ffn_expansion_ratio = 2;
  int aim_reduction_ratio = 8;
  std::vector<FdatBlock> group_block_pattern{FdatBlock::kSpatial, FdatBlock::kChannel};
  double drop_path_rate = 0.1;
  int mid_dim = 64;
  UniUpsampler upsampler_type = UniUpsampler::kPixelShuffle;
  bool use_checkpoint = false;

  friend bool operator==(const FdatBody&, const FdatBody&) = default;

  /// Blocks of a group.
  int depth() const { return depth_per_group * static_cast<int>(group_block_pattern.size()); }

 protected:
  /// `enlargement` is the upsampler's scale.
  std::optional<Impossible> impossible_body(int enlargement) const;

  template <class Visitor>
  static void describe_body(Visitor& v) {
    using O = FdatBody;
    v.number("embed_dim", &O::embed_dim, features(), "Features of the blocks.");
    v.number("num_groups", &O::num_groups, blocks(), "Groups of blocks.");
    v.number("depth_per_group", &O::depth_per_group, blocks(),
             "How often a group repeats `group_block_pattern`.");
    v.number("num_heads", &O::num_heads, features(), "Heads of the attention; divide `embed_dim`.");
    v.number("window_size", &O::window_size, between(2, 64),
             "Side of the windows that attention sees, pixels.");
    v.number("ffn_expansion_ratio", &O::ffn_expansion_ratio, widening(),
             "Features inside the perceptron of a block, as multiples of its own.");
    v.number("aim_reduction_ratio", &O::aim_reduction_ratio, features(),
             "Features of a block over those of the gate between attention and convolution.");
    v.choices("group_block_pattern", &O::group_block_pattern,
              Names<FdatBlock>{{"spatial", FdatBlock::kSpatial}, {"channel", FdatBlock::kChannel}},
              "Blocks of a group in turn: attention of pixels in windows, or of features. Other "
              "tools build [spatial, channel] whatever a file holds.");
    v.number("drop_path_rate", &O::drop_path_rate, below(0, 1),
             "Share of samples that skip a branch of the last block in training; it rises linearly "
             "from 0 over the blocks.");
    v.number("mid_dim", &O::mid_dim, features(),
             "Features on the way of pixelshuffle, dysample, lda and pa_up.");
    v.choice("upsampler_type", &O::upsampler_type, uni_upsamplers(),
             "How the large image is made.");
  }

  /// The blocks, and the upsampler's kind, whose scale it returns; embed_dim is known.
  /// drop_path_rate leaves no trace, and window_size none in a file without spatial blocks: they
  /// have their defaults.
  std::optional<int> read_body(const TensorShapes& shapes);
};

/// FDAT; the graph is in nn/fdat.h.
struct FdatOptions : FdatBody {
  double img_range = 1;
  bool unshuffle_mod = false;

  int input_channels() const { return num_in_ch; }
  friend bool operator==(const FdatOptions&, const FdatOptions&) = default;
  std::optional<Impossible> impossible(int scale) const {
    return impossible_body(scale * fold(scale));
  }

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = FdatOptions;
    v.number("num_in_ch", &O::num_in_ch, arch::input_channels(), kInputChannelsHelp);
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp);
    describe_body(v);
    v.number("img_range", &O::img_range, between(1, 1),
             "Nothing but 1: the other trainer reads it and does not use it.");
    v.flag("unshuffle_mod", &O::unshuffle_mod,
           "Scales 1 and 2: a 4x network on the input folded by 4 or 2, which is faster.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
  }

  /// Pixels of a side that one of the first features stands for.
  int fold(int scale) const { return unshuffle_mod && scale <= 2 ? 4 / scale : 1; }

  static std::optional<Recognised<FdatOptions>> recognise(const TensorShapes& shapes);
};

FdatOptions fdat_tiny();
FdatOptions fdat_light();
FdatOptions fdat_medium();
FdatOptions fdat_medium_aligned();
FdatOptions fdat_large();
FdatOptions fdat_xl();

}  // namespace sr::arch
