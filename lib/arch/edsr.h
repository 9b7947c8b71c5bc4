#pragma once

#include <optional>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// EDSR as in BasicSR; the graph is in nn/edsr.h.
struct EdsrOptions {
  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  int num_feat = 64;
  int num_block = 16;
  double res_scale = 1;
  double img_range = 255;
  std::vector<double> rgb_mean{0.4488, 0.4371, 0.4040};

  int input_channels() const { return num_in_ch; }
  friend bool operator==(const EdsrOptions&, const EdsrOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = EdsrOptions;
    v.number("num_in_ch", &O::num_in_ch, output_channels(), kFrameChannelsHelp);
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp);
    v.number("num_feat", &O::num_feat, features(), "Features of the hidden layers.");
    v.number("num_block", &O::num_block, blocks(), "Residual blocks.");
    v.number("res_scale", &O::res_scale, between(0, 1),
             "What the inside of a block is multiplied by before it is added; 0.1 for 256 "
             "features. Weight files for other tools do not hold it.");
    v.number(
        "img_range", &O::img_range, more_than(0),
        "What the image is multiplied by after `rgb_mean` is taken off. Weight files for other "
        "tools do not hold it.");
    v.numbers("rgb_mean", &O::rgb_mean, between(0, 1),
              "Means of R, G and B, taken off the input and put back. Weight files for other tools "
              "do not hold them.");
  }

  /// `img_range` and `rgb_mean` leave no trace and have their defaults; so has `res_scale`, but for
  /// the sizes of edsr_l.
  static std::optional<Recognised<EdsrOptions>> recognise(const TensorShapes& shapes);
};

EdsrOptions edsr_l();

/// SRResNet without norms as in BasicSR; the graph is in nn/edsr.h.
struct MsrResNetOptions {
  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  int num_feat = 64;
  int num_block = 16;

  int input_channels() const { return num_in_ch; }
  friend bool operator==(const MsrResNetOptions&, const MsrResNetOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = MsrResNetOptions;
    v.number("num_in_ch", &O::num_in_ch, output_channels(), kFrameChannelsHelp);
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp);
    v.number("num_feat", &O::num_feat, features(), "Features of the hidden layers.");
    v.number("num_block", &O::num_block, blocks(), "Residual blocks.");
  }

  static std::optional<Recognised<MsrResNetOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
