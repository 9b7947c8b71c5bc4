#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// How SCUNet brings images to the multiples of 64 pixels that it computes.
enum class ScuNetPadding { kAround, kEnd };

/// SCUNet, as aaf6aa extended it and as it was published; the graph is in nn/scunet.h.
struct ScuNetOptions {
  int in_nc = kRgb;
  int out_nc = kRgb;
  std::vector<int> config{2, 2, 2, 2, 2, 2, 2};
  int dim = 64;
  double drop_path_rate = 0;
  int input_resolution = 256;
  bool residual = true;
  double noise = 0.05;
  ScuNetPadding padding = ScuNetPadding::kAround;
  bool use_checkpoint = false;

  int input_channels() const { return in_nc; }
  friend bool operator==(const ScuNetOptions&, const ScuNetOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = ScuNetOptions;
    v.number("in_nc", &O::in_nc, arch::input_channels(), kInputChannelsHelp).alias("num_in_ch");
    v.number("out_nc", &O::out_nc, output_channels(), kOutputChannelsHelp).alias("num_out_ch");
    v.numbers("config", &O::config, between(0, kMostBlocks),
              "Blocks of the seven stages: three on the way down, the coarsest, three on the way "
              "up.");
    v.number("dim", &O::dim, features(),
             "Features of the finest stage, a multiple of 64; each coarser one has twice as many.");
    v.number("drop_path_rate", &O::drop_path_rate, below(0, 1), kScuNetDropHelp);
    v.number("input_resolution", &O::input_resolution, between(1, kMostFeatures),
             kScuNetResolutionHelp);
    v.flag("residual", &O::residual,
           "The first convolution's features are added at the end through a convolution of their "
           "own; false: as they are.");
    v.number("noise", &O::noise, between(0, 1), kScuNetNoiseHelp);
    v.choice("padding", &O::padding,
             Names<ScuNetPadding>{{"around", ScuNetPadding::kAround}, {"end", ScuNetPadding::kEnd}},
             "How images grow to multiples of 64 pixels: around, on all sides, by another 64 "
             "pixels outside training; end, at the right and lower edge, as the published network "
             "does.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
  }

  /// By the tensors of its weight file. drop_path_rate, input_resolution and noise leave no trace:
  /// they have their defaults, but a network at scale 1 without `residual` is taken for the
  /// published one.
  static std::optional<Recognised<ScuNetOptions>> recognise(const TensorShapes& shapes);

  static constexpr const char* kScuNetDropHelp =
      "Share of samples that skip a half of the last block's attention in training; it rises "
      "linearly from 0 over the blocks.";
  static constexpr const char* kScuNetResolutionHelp =
      "Image side that the network is meant for, pixels: windows are shifted in stages where more "
      "than 8 pixels of it are left. Images may have any size.";
  static constexpr const char* kScuNetNoiseHelp =
      "Standard deviation of the noise that training adds to what each block gives; 0 = none. It "
      "follows from seed, step and sample.";
};

/// The published network.
ScuNetOptions scunet();

/// The scale of the dense blocks and doublings behind SCUNet and TSCUNet, whose tensors' names
/// begin with "m_upsample.0.up."; nothing when they fit none.
std::optional<int> scunet_scale(const TensorShapes& shapes);

/// What SCUNet and TSCUNet cannot be.
std::optional<Impossible> impossible_scunet(int dim, int scale);

}  // namespace sr::arch
