#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arch/block_options.h"
#include "arch/options.h"
#include "arch/tensor_shapes.h"

// What networks of window attention have in common: SwinIR and those that are made of it.

namespace sr::arch {

enum class WindowUpsampler {
  kPixelShuffle,
  kPixelShuffleDirect,
  kNearestConv,
  kNone,
  kPixelShuffleAux  ///< Swin2SR's alone
};
/// The convolutions at the end of a group of blocks.
enum class ResidualConnection {
  kOneConv,
  kThreeConvs,
  kIdentity,
  kPointwise,  ///< a 1x1 convolution
  kLinear      ///< the same with a linear layer's names and initial values
};

/// Of networks that have convolutions in any case.
inline Names<ResidualConnection> convolution_connections() {
  return {{"1conv", ResidualConnection::kOneConv}, {"3conv", ResidualConnection::kThreeConvs}};
}
/// Of networks that have a convolution or none.
inline Names<ResidualConnection> plain_connections() {
  return {{"1conv", ResidualConnection::kOneConv}, {"identity", ResidualConnection::kIdentity}};
}
inline constexpr const char* kConvolutionsHelp =
    "Convolutions at the end of a group: 1conv, or 3conv, which has fewer parameters.";

struct WindowOptions {
  int img_size = 64;
  int patch_size = 1;
  int in_chans = kRgb;
  int embed_dim = 180;
  std::vector<int> depths{6, 6, 6, 6, 6, 6};
  std::vector<int> num_heads{6, 6, 6, 6, 6, 6};
  int window_size = 8;
  double mlp_ratio = 2;
  bool qkv_bias = true;
  double drop_rate = 0;
  double attn_drop_rate = 0;
  double drop_path_rate = 0.1;
  bool ape = false;
  bool patch_norm = true;
  bool use_checkpoint = false;
  double img_range = 1;
  WindowUpsampler upsampler = WindowUpsampler::kPixelShuffle;
  ResidualConnection resi_connection = ResidualConnection::kOneConv;

  int input_channels() const { return in_chans; }
  friend bool operator==(const WindowOptions&, const WindowOptions&) = default;

 protected:
  /// Groups and heads that do not fit together, and what no network of these has.
  std::optional<Impossible> impossible_groups() const;
  /// The same, and an image of masks that does not fit its windows.
  std::optional<Impossible> impossible_windows() const;
  /// `nearest`: the scales of nearest+conv.
  std::optional<Impossible> impossible_upsampler(std::initializer_list<int> nearest,
                                                 int scale) const;

  template <class Visitor>
  static void describe_body(Visitor& v) {
    using O = WindowOptions;
    v.number("img_size", &O::img_size, between(1, kMostFeatures),
             "Image side that the masks in weight files are for, pixels: a multiple of window_size "
             "and larger. Images may have any size.");
    describe_blocks(v);
    v.number("drop_rate", &O::drop_rate, between(0, 0), kNoDropout);
    v.number("attn_drop_rate", &O::attn_drop_rate, between(0, 0), kNoDropout);
    v.number("drop_path_rate", &O::drop_path_rate, below(0, 1),
             "Share of samples that skip a branch of the last block in training; it rises linearly "
             "from 0 over the blocks.");
    describe_frame(v);
  }

  /// Of describe_body() what every one of the networks has.
  template <class Visitor>
  static void describe_blocks(Visitor& v) {
    using O = WindowOptions;
    v.number("patch_size", &O::patch_size, between(1, 1), "Nothing but 1: a token is a pixel.");
    v.number("in_chans", &O::in_chans, output_channels(), "Input and output channels (RGB).");
    v.number("embed_dim", &O::embed_dim, features(), "Features of the blocks.");
    v.numbers("depths", &O::depths, blocks(), "One group an entry: its blocks.");
    v.numbers("num_heads", &O::num_heads, features(), "Heads of the attention, one entry a group.");
    v.number("window_size", &O::window_size, between(2, 64),
             "Side of the windows that attention sees, pixels.");
    v.number("mlp_ratio", &O::mlp_ratio, widening(),
             "Features inside the perceptron of a block, as multiples of its own.");
    v.flag("qkv_bias", &O::qkv_bias, "Queries, keys and values have a bias.");
  }
  template <class Visitor>
  static void describe_frame(Visitor& v) {
    using O = WindowOptions;
    v.flag("ape", &O::ape, "Absolute positions, which tie a network to one image size: false.");
    v.flag("patch_norm", &O::patch_norm, "LayerNorm in front of the first group.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
    v.number("img_range", &O::img_range, more_than(0), "What input is multiplied by.");
  }
  static Names<WindowUpsampler> all_upsamplers() {
    return {{"pixelshuffle", WindowUpsampler::kPixelShuffle},
            {"pixelshuffledirect", WindowUpsampler::kPixelShuffleDirect},
            {"nearest+conv", WindowUpsampler::kNearestConv},
            {"none", WindowUpsampler::kNone}};
  }
  /// `nearest`: the scales of nearest+conv.
  static std::string upsamplers_help(const std::string& nearest) {
    return "pixelshuffle; pixelshuffledirect, one convolution and a shuffle; nearest+conv, at " +
           nearest + "; none, which adds to the input, at scale 1.";
  }
  /// `upsampler` and `resi_connection` of networks that have all of these kinds.
  template <class Visitor>
  static void describe_ends(Visitor& v, const std::string& nearest) {
    using O = WindowOptions;
    v.choice("upsampler", &O::upsampler, all_upsamplers(), upsamplers_help(nearest));
    v.choice("resi_connection", &O::resi_connection, convolution_connections(), kConvolutionsHelp);
  }

  /// What the tensors of a file say of embed_dim, mlp_ratio, qkv_bias and patch_norm; `block` is
  /// the prefix of the first block. False for what the options cannot have.
  bool read_body(const TensorShapes& shapes, const std::string& block);
  /// depths and num_heads, by blocks with the names "layers.0<blocks>0" and a tensor of theirs that
  /// has an entry a head along an axis. False as above.
  bool read_groups(const TensorShapes& shapes, const std::string& blocks,
                   const std::string& of_heads = "attn.relative_position_bias_table",
                   std::size_t axis = 1);
  /// img_size, if there is such a mask; window_size is known.
  void read_mask(const TensorShapes& shapes, const std::string& name);

  static constexpr const char* kConnectionHelp =
      "Convolution at the end of a group and of the body: 1conv, or identity, which is none.";
};

/// The side of a square window by the rows of its table of relative positions, (2 side - 1)^2.
std::optional<int> window_of_table(std::int64_t rows);
/// For each window of an image of side x side windows, 1 where the mask of shifted windows hides
/// something and 0 elsewhere: in the order of the windows in each of parts x parts parts.
TensorShapes::Codes shifted_marks(int side, int parts);
/// Whether masks in a file, whose marks are its codes, are those of windows in several parts:
/// DWT's, which has the tensors of SwinIR.
bool has_windows_in_parts(const TensorShapes& shapes);
/// The whole number whose square is `value`, of any size.
std::optional<int> square_side(std::int64_t value);
/// One convolution, or, where the file has none behind the blocks, `other`.
ResidualConnection connection_of(const TensorShapes& shapes, ResidualConnection other);
/// A WindowUpsampler and its scale. `shuffles`: what its convolutions in front of pixel shuffles
/// have before their numbers.
std::optional<std::pair<WindowUpsampler, int>> window_tail_of(
    const TensorShapes& shapes, const std::string& shuffles = "upsample.");
/// The scale that the convolutions upsample.0, upsample.2, ... lead to, each in front of a pixel
/// shuffle by 2 or, alone, by 3; 1 without. Nothing when they fit no scale.
std::optional<int> stepped_scale(const TensorShapes& shapes,
                                 const std::string& shuffles = "upsample.");

}  // namespace sr::arch
