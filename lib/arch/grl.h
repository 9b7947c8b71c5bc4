#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "arch/block_options.h"
#include "arch/options.h"
#include "arch/tensor_shapes.h"
#include "arch/window.h"

namespace sr::arch {

/// How the few features that pixels of a stripe are seen through are made.
enum class AnchorKind { kAveragePool, kMaxPool, kConv, kSeparableConv, kMergedPixels };
enum class QkvKind { kLinear, kSeparableConv };

/// GRL; the graph is in nn/grl.h.
struct GrlOptions {
  int in_channels = kRgb;
  int out_channels = kRgb;
  int embed_dim = 128;
  double img_range = 1;
  WindowUpsampler upsampler = WindowUpsampler::kPixelShuffle;
  std::vector<int> depths{4, 4, 4, 4};
  std::vector<int> num_heads_window{2, 2, 2, 2};
  std::vector<int> num_heads_stripe{2, 2, 2, 2};
  int window_size = 32;
  std::vector<int> stripe_size{64, 64};
  std::vector<int> stripe_groups{0, 0};
  bool stripe_shift = true;
  double mlp_ratio = 2;
  bool qkv_bias = true;
  QkvKind qkv_proj_type = QkvKind::kLinear;
  AnchorKind anchor_proj_type = AnchorKind::kAveragePool;
  bool anchor_one_stage = true;
  int anchor_window_down_factor = 4;
  bool local_connection = false;
  double drop_rate = 0;
  double attn_drop_rate = 0;
  double drop_path_rate = 0.1;
  std::vector<int> pretrained_window_size{0, 0};
  std::vector<int> pretrained_stripe_size{0, 0};
  ResidualConnection conv_type = ResidualConnection::kOneConv;
  std::string init_method = "n";
  bool use_checkpoint = false;
  bool euclidean_dist = false;

  int input_channels() const { return in_channels; }
  /// Pixels whose multiples images grow to.
  int grid() const {
    const int most_groups = std::max(stripe_groups.front(), stripe_groups.back());
    return std::max({window_size, stripe_size.front(), stripe_size.back(),
                     most_groups * anchor_window_down_factor});
  }
  friend bool operator==(const GrlOptions&, const GrlOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = GrlOptions;
    v.number("in_channels", &O::in_channels, arch::input_channels(), kInputChannelsHelp);
    v.number("out_channels", &O::out_channels, output_channels(), kOutputChannelsHelp);
    v.number("embed_dim", &O::embed_dim, features(),
             "Features of the blocks: half of them are seen in windows, half in stripes.");
    v.number("img_range", &O::img_range, more_than(0), "What input is multiplied by.");
    v.choice("upsampler", &O::upsampler, upsamplers(),
             "pixelshuffle; pixelshuffledirect, one convolution and a shuffle; nearest+conv, at "
             "scale 4; none, which adds to the input, at scale 1.");
    v.numbers("depths", &O::depths, blocks(), "One group an entry: its blocks.");
    v.numbers("num_heads_window", &O::num_heads_window, features(),
              "Heads of the attention in windows, one entry a group.");
    v.numbers("num_heads_stripe", &O::num_heads_stripe, features(),
              "Heads of the attention in stripes, one entry a group.");
    describe_sizes(v);
    v.number("mlp_ratio", &O::mlp_ratio, widening(),
             "Features inside the perceptron of a block, as multiples of its own.");
    describe_attention(v);
    describe_training(v);
  }

  std::optional<Impossible> impossible(int scale) const;
  /// Files of the authors also have tables that tell window_size, stripe_size and
  /// anchor_window_down_factor. Without them the first two are what spandrel takes for the
  /// upsampler, as is everything else that leaves no trace.
  static std::optional<Recognised<GrlOptions>> recognise(const TensorShapes& shapes);
  /// window_size and stripe_size as the authors' networks with this upsampler have them.
  void assume_sizes();

  /// A deviation for each "t" word, or nothing: "t2" is 0.2, "t02" 0.02.
  static std::optional<double> deviation_of(const std::string& init_method);

  /// In the authors' files, not persistent in the other programs' classes.
  static constexpr std::array kTables{
      "table_w",      "table_sh",     "table_sv",     "index_w", "index_sh_a2w",
      "index_sh_w2a", "index_sv_a2w", "index_sv_w2a", "mask_w",  "mask_sh_a2w",
      "mask_sh_w2a",  "mask_sv_a2w",  "mask_sv_w2a"};

 private:
  static Names<WindowUpsampler> upsamplers() {
    return {{"pixelshuffle", WindowUpsampler::kPixelShuffle},
            {"pixelshuffledirect", WindowUpsampler::kPixelShuffleDirect},
            {"nearest+conv", WindowUpsampler::kNearestConv},
            {"none", WindowUpsampler::kNone}};
  }

  template <class Visitor>
  static void describe_sizes(Visitor& v) {
    using O = GrlOptions;
    v.number("window_size", &O::window_size, between(2, 64),
             "Side of the windows that half of the features are seen in, pixels. Images grow to "
             "multiples of the largest of this and both of `stripe_size`.");
    v.numbers("stripe_size", &O::stripe_size, between(0, 256),
              "Height and width of the stripes that the other half is seen in, pixels; every "
              "second block turns them by a quarter.");
    v.numbers("stripe_groups", &O::stripe_groups, between(0, 64),
              "Stripes that an image has one above the other and side by side, in place of "
              "`stripe_size`, which may be 0 then; 0: as many as fit, which the other programs "
              "write as null.");
    v.flag("stripe_shift", &O::stripe_shift,
           "Of four blocks two have stripes that are shifted by half of their sides.");
    v.numbers("pretrained_window_size", &O::pretrained_window_size, between(0, kMostFeatures),
              "Sides of the windows that positions are measured by, pixels; 0: `window_size`.");
    v.numbers("pretrained_stripe_size", &O::pretrained_stripe_size, between(0, kMostFeatures),
              "Sides of the stripes that positions are measured by, pixels; 0: their own.");
  }

  template <class Visitor>
  static void describe_attention(Visitor& v) {
    using O = GrlOptions;
    v.flag("qkv_bias", &O::qkv_bias, "Queries, keys and values have a bias.");
    v.choice(
        "qkv_proj_type", &O::qkv_proj_type,
        Names<QkvKind>{{"linear", QkvKind::kLinear}, {"separable_conv", QkvKind::kSeparableConv}},
        "What makes queries, keys and values: a linear layer, or a depthwise convolution and "
        "a 1x1 one.");
    v.choice("anchor_proj_type", &O::anchor_proj_type,
             Names<AnchorKind>{{"avgpool", AnchorKind::kAveragePool},
                               {"maxpool", AnchorKind::kMaxPool},
                               {"conv2d", AnchorKind::kConv},
                               {"separable_conv", AnchorKind::kSeparableConv},
                               {"patchmerging", AnchorKind::kMergedPixels}},
             "What makes anchors, the shrunk image through which pixels of a stripe see each "
             "other: a mean or maximum and a linear layer, a convolution with a stride, that with "
             "a 1x1 one behind it, or a linear layer of 2x2 pixels.");
    v.flag("anchor_one_stage", &O::anchor_one_stage,
           "Anchors are made in one step, not by halving the image again and again.");
    v.number("anchor_window_down_factor", &O::anchor_window_down_factor, between(1, 64),
             "Pixels along a side that become one anchor.");
    v.flag("local_connection", &O::local_connection,
           "Two convolutions and channel attention stand beside the attention.");
    v.flag("euclidean_dist", &O::euclidean_dist,
           "Attention compares queries and keys by their distance, not by their angle.");
  }

  template <class Visitor>
  static void describe_training(Visitor& v) {
    using O = GrlOptions;
    v.number("drop_rate", &O::drop_rate, between(0, 0), kNoDropout);
    v.number("attn_drop_rate", &O::attn_drop_rate, between(0, 0), kNoDropout);
    v.number("drop_path_rate", &O::drop_path_rate, below(0, 1),
             "Share of samples that skip a branch of the last block in training; it rises linearly "
             "from 0 over the blocks.");
    v.choice("conv_type", &O::conv_type,
             Names<ResidualConnection>{{"1conv", ResidualConnection::kOneConv},
                                       {"3conv", ResidualConnection::kThreeConvs},
                                       {"1conv1x1", ResidualConnection::kPointwise},
                                       {"linear", ResidualConnection::kLinear}},
             "Convolutions at the end of a group and of the body: 1conv, 3conv, which has fewer "
             "parameters, 1conv1x1, or linear, which begins with smaller weights.");
    v.text("init_method", &O::init_method,
           "How blocks begin. n: as Swin's; l: norms multiply by 0; w: weights are a tenth; r: "
           "branches are multiplied by 0.1, always; t and digits (t2, t02): linear layers with a "
           "deviation of 0.2, 0.02, convolutions with a tenth of their weights.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp).alias("fairscale_checkpoint");
  }

  std::optional<Impossible> impossible_heads() const;
  std::optional<Impossible> impossible_sizes() const;
  std::optional<Impossible> impossible_anchors() const;
  bool read_groups(const TensorShapes& shapes);
  bool read_anchors(const TensorShapes& shapes, const std::string& body);
  void read_tables(const TensorShapes& shapes);
};

GrlOptions grl_b();
GrlOptions grl_s();
GrlOptions grl_t();

}  // namespace sr::arch
