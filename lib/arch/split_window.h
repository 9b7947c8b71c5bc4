#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"
#include "arch/window.h"

namespace sr::arch {

/// What DAT and RGT have in common: blocks that see half of the features in oblong windows and half
/// in the same turned by a quarter.
struct SplitWindowOptions {
  int img_size = 64;
  int in_chans = kRgb;
  int embed_dim = 180;
  std::vector<int> split_size{8, 32};
  std::vector<int> depth{6, 6, 6, 6, 6, 6};
  std::vector<int> num_heads{6, 6, 6, 6, 6, 6};
  bool qkv_bias = true;
  double qk_scale = 0;
  double drop_rate = 0;
  double attn_drop_rate = 0;
  double drop_path_rate = 0.1;
  bool use_checkpoint = false;
  double img_range = 1;
  ResidualConnection resi_connection = ResidualConnection::kOneConv;

  int input_channels() const { return in_chans; }
  int longer_side() const;
  friend bool operator==(const SplitWindowOptions&, const SplitWindowOptions&) = default;

 protected:
  template <class Visitor>
  static void describe_body(Visitor& v, const std::string& image_side) {
    using O = SplitWindowOptions;
    v.number("img_size", &O::img_size, between(1, kMostFeatures), image_side);
    v.number("in_chans", &O::in_chans, output_channels(), "Input and output channels (RGB).");
    v.number("embed_dim", &O::embed_dim, features(), "Features of the blocks.");
    v.numbers("split_size", &O::split_size, between(1, 64),
              "Sides of the windows that attention sees, pixels: half of the features are seen in "
              "windows of the first by the second, half in windows of the second by the first.");
    v.numbers("depth", &O::depth, blocks(), "One group an entry: its blocks.");
    v.numbers("num_heads", &O::num_heads, features(), "Heads of the attention, one entry a group.");
  }
  /// `scale`: what the queries are multiplied by without qk_scale, for documentation.
  template <class Visitor>
  static void describe_training(Visitor& v, const std::string& scale) {
    using O = SplitWindowOptions;
    v.flag("qkv_bias", &O::qkv_bias, "Queries, keys and values have a bias.");
    v.number("qk_scale", &O::qk_scale, at_least(0), "Factor of the queries; 0: " + scale + ".");
    v.number("drop_rate", &O::drop_rate, between(0, 0), kNoDropout);
    v.number("attn_drop_rate", &O::attn_drop_rate, between(0, 0), kNoDropout);
    v.number("drop_path_rate", &O::drop_path_rate, below(0, 1),
             "Share of samples that skip a branch of the last block in training; it rises linearly "
             "from 0 over the blocks.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp).alias("use_chk");
    v.number("img_range", &O::img_range, more_than(0), "What input is multiplied by.");
    v.choice("resi_connection", &O::resi_connection, convolution_connections(), kConvolutionsHelp);
  }

  /// `inside`: features of a perceptron, half of which gate the others; `ratio`: the option that
  /// they come from.
  std::optional<Impossible> impossible_body(const char* ratio, int inside) const;
  /// split_size, depth, num_heads, qkv_bias and resi_connection; embed_dim is known. Windows of
  /// 8x32 and of 32x8 have the same tensors: the shorter side is taken for the first. False for
  /// what the options cannot have.
  bool read_body(const TensorShapes& shapes);
};

/// Sides of windows, the shorter first.
struct SplitSides {
  int shorter = 0, longer = 0;
};
/// Of windows with so many pixels and relative positions, (2 a - 1) (2 b - 1) of sides a and b.
std::optional<SplitSides> split_sides(std::int64_t area, std::int64_t positions);
/// What of these features and heads, one entry a group, cannot be split between two shapes of
/// windows; `depths` are named `depth_option`.
std::optional<Impossible> impossible_split(const char* depth_option, const std::vector<int>& depths,
                                           const std::vector<int>& num_heads, int embed_dim);
/// Heads of both shapes of windows by those of one: twice as many, or one more where these do not
/// divide the features.
std::optional<int> split_heads(std::int64_t half, int embed_dim);

}  // namespace sr::arch
