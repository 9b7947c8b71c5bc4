#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arch/window.h"

namespace sr::arch {

/// What the three HiT-SR networks share; the graphs are in nn/hit.h.
struct HitOptions : WindowOptions {
  std::vector<int> base_win_size{8, 8};
  std::vector<double> hier_win_ratios{0.5, 1, 2, 4, 6, 8};
  int expansion_factor = kUnreadFactor;

  HitOptions() {
    embed_dim = 60;
    depths = {6, 6, 6, 6};
    num_heads = {6, 6, 6, 6};
    drop_path_rate = 0;
    upsampler = WindowUpsampler::kPixelShuffleDirect;
  }
  friend bool operator==(const HitOptions&, const HitOptions&) = default;

  /// Sides in pixels.
  struct Sides {
    int height = 0, width = 0;
    friend bool operator==(const Sides&, const Sides&) = default;
  };
  /// Of the windows of a group's block `index`, which is less than the number of ratios.
  Sides window(std::size_t index) const;
  /// Of the cells of such a window: each gives one value, so that a window has no more than the
  /// base window has pixels.
  Sides cell(std::size_t index) const;
  /// Blocks of the longest group.
  std::size_t deepest() const;
  /// The longest side of a window of any block.
  int largest_window() const;

 protected:
  template <class Visitor>
  static void describe_body(Visitor& v) {
    using O = HitOptions;
    v.number("img_size", &O::img_size, between(kUnreadSide, kUnreadSide),
             "Has no effect on the other trainers' network, which takes images of any size: 64 "
             "alone.");
    v.number("in_chans", &O::in_chans, output_channels(), "Input and output channels (RGB).");
    v.number("embed_dim", &O::embed_dim, between(kLeastFeatures, kMostFeatures),
             "Features of the blocks.");
    v.numbers("depths", &O::depths, blocks(), "One group an entry: its blocks.");
    v.numbers("num_heads", &O::num_heads, features(),
              "Heads that compare pixels, one entry a group; twice as many divide `embed_dim`.");
    v.numbers("base_win_size", &O::base_win_size, between(1, kLargestBase),
              "Height and width of the window that the ratios are of, pixels.");
    v.numbers("hier_win_ratios", &O::hier_win_ratios, more_than(0),
              "Sides of the windows of a group's blocks, one entry a block, as multiples of "
              "`base_win_size`, cut to whole pixels; multiples of it where they are larger.");
    v.number("mlp_ratio", &O::mlp_ratio, widening(),
             "Features inside the perceptron of a block, as multiples of its own.");
    v.number("expansion_factor", &O::expansion_factor, between(kUnreadFactor, kUnreadFactor),
             "Is not read by the other trainers' network: 2 alone. `mlp_ratio` decides.");
    v.number("drop_path_rate", &O::drop_path_rate, below(0, 1),
             "Share of samples that skip a branch of the last block in training; it rises linearly "
             "from 0 over the blocks.");
    v.flag("patch_norm", &O::patch_norm, "LayerNorm in front of the first group.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
    v.number("img_range", &O::img_range, more_than(0), "What input is multiplied by.");
    describe_ends(v, "scale 4");
  }

  std::optional<Impossible> impossible_body(int scale) const;
  /// What the tensors of a file say of all options but the windows, and the scale. Nothing for what
  /// the options cannot have.
  std::optional<int> read_hit(const TensorShapes& shapes);
  /// hier_win_ratios by the number of pixels of the cells of each block: the default where it has
  /// such a cell, else what makes that cell of the default base window. False as above.
  bool read_ratios(const TensorShapes& shapes);
  /// Both by the sides of the windows, which the tensor with this name in a block ends with.
  bool read_windows(const TensorShapes& shapes, const std::string& kernel);

 private:
  static constexpr int kUnreadSide = 64;
  static constexpr int kUnreadFactor = 2;
  static constexpr int kLeastFeatures = 16;  ///< of fewer the perceptron of positions has none
  static constexpr int kLargestBase = 32;

  /// The prefix of block `index` of the longest group.
  std::string longest_block(std::size_t index) const;
};

/// Windows of pixels and channels alone.
struct HitSirOptions : HitOptions {
  friend bool operator==(const HitSirOptions&, const HitSirOptions&) = default;
  template <class Visitor>
  static void describe(Visitor& v) {
    describe_body(v);
  }
  std::optional<Impossible> impossible(int scale) const { return impossible_body(scale); }
  /// img_range and drop_path_rate leave no trace, base_win_size and ratios up to 1 neither.
  static std::optional<Recognised<HitSirOptions>> recognise(const TensorShapes& shapes);
};

/// With what windows say to the windows beside them.
struct HitSngOptions : HitOptions {
  friend bool operator==(const HitSngOptions&, const HitSngOptions&) = default;
  template <class Visitor>
  static void describe(Visitor& v) {
    describe_body(v);
  }
  /// Windows are square.
  std::optional<Impossible> impossible(int scale) const;
  /// img_range and drop_path_rate leave no trace, nor base_win_size where no ratio is above 1.
  static std::optional<Recognised<HitSngOptions>> recognise(const TensorShapes& shapes);
};

/// With a depthwise convolution inside the perceptron.
struct HitSrfOptions : HitOptions {
  friend bool operator==(const HitSrfOptions&, const HitSrfOptions&) = default;
  template <class Visitor>
  static void describe(Visitor& v) {
    describe_body(v);
  }
  std::optional<Impossible> impossible(int scale) const { return impossible_body(scale); }
  /// As HitSirOptions.
  static std::optional<Recognised<HitSrfOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
