#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arch/options.h"
#include "core/catalogue.h"

// Every discriminator, without LibTorch: its name in the YAML, what it is, its options. The graphs
// are in nn/.

namespace sr::arch {

/// Features of layers whose branches take an eighth each.
inline constexpr int kLeastBranched = 8;

/// What most of them have.
struct DiscriminatorOptions {
  int num_in_ch = kRgb;
  int num_feat = 64;
  friend bool operator==(const DiscriminatorOptions&, const DiscriminatorOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DiscriminatorOptions;
    v.number("num_in_ch", &O::num_in_ch, output_channels(), "Input channels (RGB).")
        .alias("input_nc")
        .alias("in_ch");
    v.number("num_feat", &O::num_feat, features(), "Features of the first layer.")
        .alias("ndf")
        .alias("dim");
  }
};

struct UnetDiscriminatorOptions : DiscriminatorOptions {
  bool skip_connection = true;
  friend bool operator==(const UnetDiscriminatorOptions&,
                         const UnetDiscriminatorOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    DiscriminatorOptions::describe(v);
    v.flag("skip_connection", &UnetDiscriminatorOptions::skip_connection,
           "The encoder's features are added to the decoder's.");
  }
};

struct DunetOptions : DiscriminatorOptions {
  std::optional<Impossible> impossible() const;
};

struct VggDiscriminatorOptions : DiscriminatorOptions {
  int input_size = 128;  ///< side of the images, pixels
  friend bool operator==(const VggDiscriminatorOptions&, const VggDiscriminatorOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    DiscriminatorOptions::describe(v);
    v.one_of("input_size", &VggDiscriminatorOptions::input_size, {128, 256},
             "Side of the images it takes, pixels; must be lq_size x scale.");
  }
};

struct PatchGanOptions : DiscriminatorOptions {
  int num_layers = 3;          ///< convolutions with stride 2
  std::optional<int> padding;  ///< of each convolution, pixels; empty = auto, which is 1
  friend bool operator==(const PatchGanOptions&, const PatchGanOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    DiscriminatorOptions::describe(v);
    v.number("num_layers", &PatchGanOptions::num_layers, between(1, 8),
             "Convolutions with stride 2.")
        .alias("n_layers");
    v.automatic("padding", &PatchGanOptions::padding, between(1, 2),
                "Pixels around each convolution's input: 1 in traiNNer-redux since June 2025, 2 "
                "before (pix2pixHD). auto is 1, and 2 in a run that was begun with 2.");
  }
};

struct MultiscalePatchGanOptions : PatchGanOptions {
  int num_scales = 3;
  friend bool operator==(const MultiscalePatchGanOptions&,
                         const MultiscalePatchGanOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    PatchGanOptions::describe(v);
    v.number("num_scales", &MultiscalePatchGanOptions::num_scales, between(1, 8),
             "PatchGANs, each of which sees images of half the side of the one before.")
        .alias("num_d");
  }
};

struct MetaGan2Options {
  int num_in_ch = kRgb;
  std::vector<int> dims{32, 64, 128, 192};
  std::vector<int> blocks{3, 3, 15, 3};
  std::vector<int> downs{4, 2, 2, 2};
  friend bool operator==(const MetaGan2Options&, const MetaGan2Options&) = default;
  std::optional<Impossible> impossible() const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = MetaGan2Options;
    v.number("num_in_ch", &O::num_in_ch, output_channels(), "Input channels (RGB).").alias("in_ch");
    v.numbers("dims", &O::dims, between(kLeastBranched, kMostFeatures),
              "One stage an entry: its features.");
    v.numbers("blocks", &O::blocks, between(0, kMostBlocks),
              "Gated blocks of each stage; as many entries as dims.");
    v.numbers("downs", &O::downs, between(2, 4),
              "How much smaller each stage makes what it sees: 4, then 2 for every other one.");
  }
};

struct MetaGan3Options {
  int num_in_ch = kRgb;
  std::vector<int> dims{64, 128, 192, 256};
  std::vector<int> blocks{2, 3, 5, 2};
  friend bool operator==(const MetaGan3Options&, const MetaGan3Options&) = default;
  std::optional<Impossible> impossible() const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = MetaGan3Options;
    v.number("num_in_ch", &O::num_in_ch, output_channels(), "Input channels (RGB).").alias("in_ch");
    v.numbers("dims", &O::dims, between(kLeastBranched, kMostFeatures),
              "Features of the stem, then of each stage.");
    v.numbers("blocks", &O::blocks, between(0, kMostBlocks),
              "Blocks of each stage; as many entries as dims, the last of which stands for no "
              "stage.");
  }
};

/// traiNNer-redux's class counts the entries of its num_blocks and reads none;
/// resolve/discriminator.cpp takes such a list.
struct DocResDiscriminatorOptions {
  enum class Norm { kNone, kSpectral };

  int inp_channels = kRgb;
  int out_channels = 1;
  int dim = 64;
  int num_blocks = 4;
  bool bias = false;
  Norm norm_type = Norm::kNone;
  friend bool operator==(const DocResDiscriminatorOptions&,
                         const DocResDiscriminatorOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DocResDiscriminatorOptions;
    v.number("inp_channels", &O::inp_channels, output_channels(), "Input channels (RGB).");
    v.number("out_channels", &O::out_channels, features(), "Logits of a pixel.");
    v.number("dim", &O::dim, features(), "Features of every layer.");
    v.number("num_blocks", &O::num_blocks, blocks(),
             "3x3 convolutions before the last one. A list, as traiNNer-redux's class takes it, "
             "stands for so many as it has entries, whatever they are.");
    v.flag("bias", &O::bias, "Convolutions have a bias.");
    v.choice("norm_type", &O::norm_type,
             Names<Norm>{{"none", Norm::kNone}, {"spectral", Norm::kSpectral}},
             "spectral: weights are spectrally normalised, which traiNNer-redux's class cannot do "
             "though its template asks for it.");
  }
};

struct UnetSegmentationOptions {
  enum class Encoder { kResnet18, kResnet34, kResnet50, kResnet101, kResnet152 };

  int in_ch = kRgb;
  int classes = 1;
  Encoder encoder_name = Encoder::kResnet50;
  friend bool operator==(const UnetSegmentationOptions&, const UnetSegmentationOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = UnetSegmentationOptions;
    v.number("in_ch", &O::in_ch, output_channels(), "Input channels (RGB).");
    v.number("classes", &O::classes, features(), "Logits of a pixel.");
    v.choice("encoder_name", &O::encoder_name,
             Names<Encoder>{{"resnet18", Encoder::kResnet18},
                            {"resnet34", Encoder::kResnet34},
                            {"resnet50", Encoder::kResnet50},
                            {"resnet101", Encoder::kResnet101},
                            {"resnet152", Encoder::kResnet152}},
             "The network on the way to ever smaller features.");
  }
};

/// One that is not built in: its graph and first weights come from a TorchScript file, see
/// nn/torchscript_discriminator.h.
struct ScriptDiscriminatorOptions {
  std::string file{};
  friend bool operator==(const ScriptDiscriminatorOptions&,
                         const ScriptDiscriminatorOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.path("file", &ScriptDiscriminatorOptions::file,
           "TorchScript file, as torch.jit.save writes it; its values are what training begins "
           "with.");
  }
};

/// Of options of any discriminator: those that do not fit together.
template <class O>
std::optional<Impossible> impossible(const O& options) {
  if constexpr (requires { options.impossible(); }) {
    return options.impossible();
  }
  return std::nullopt;
}

/// In the order of the documentation. nn/discriminator.cpp says what builds each.
inline constexpr std::tuple kDiscriminators{
    row<UnetDiscriminatorOptions>("unetdiscriminatorsn",
                                  "U-Net of Real-ESRGAN, one logit per pixel", "unet"),
    row<DunetOptions>("dunet", "U-Net with Mish and DySample, one logit per pixel"),
    row<VggDiscriminatorOptions>("vggstylediscriminator",
                                 "one logit per image of 128 or 256 pixels a side"),
    row<PatchGanOptions>("patchgandiscriminatorsn", "PatchGAN, one logit per patch",
                         "patchgandiscriminator patchgan"),
    row<MultiscalePatchGanOptions>("multiscalepatchgandiscriminatorsn",
                                   "PatchGANs of several scales, one logit for all images",
                                   "multiscalepatchgan"),
    row<MetaGan2Options>("metagan2", "gated convolutions, many logits per 32 x 32 pixels"),
    row<MetaGan3Options>("metagan3",
                         "local, wide and shifted convolutions, many logits per 32 x 32 pixels"),
    row<DocResDiscriminatorOptions>("docres_discriminator",
                                    "3x3 convolutions, one logit per pixel that sees 11 x 11"),
    row<UnetSegmentationOptions>("unetsegmentation", "U-Net around a ResNet, one logit per pixel"),
    row<ScriptDiscriminatorOptions>("torchscript", "any discriminator, from a TorchScript file"),
};

}  // namespace sr::arch
