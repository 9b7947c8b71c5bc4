#include "arch/catalogue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "arch/recognise.h"

namespace sr::arch {
namespace {

constexpr bool kBfloat16Alone = false;

EsrganOptions esrgan_lite() {
  EsrganOptions options;
  options.num_feat = 32;
  options.num_block = 12;
  return options;
}

template <typename O>
concept Recognisable = requires(const TensorShapes& shapes) {
  { O::recognise(shapes) } -> std::same_as<std::optional<Recognised<O>>>;
};

std::string type_of(const Options& options) {
  const Architecture* first = nullptr;
  for (const Architecture& row : architectures()) {
    if (row.defaults == options) {
      return std::string(row.type);
    }
    if (first == nullptr && row.defaults.index() == options.index()) {
      first = &row;
    }
  }
  return first != nullptr ? std::string(first->type) : "";
}

template <typename O>
concept Selective = requires(const O& options) {
  { options.impossible(1) } -> std::same_as<std::optional<Impossible>>;
};

template <typename O>
std::optional<Recognised<O>> recognise_options(const TensorShapes& shapes) {
  if constexpr (std::same_as<O, CompactOptions>) {
    return recognise_compact(shapes);
  } else if constexpr (std::same_as<O, EsrganOptions>) {
    return recognise_rrdb(shapes);
  } else if constexpr (Recognisable<O>) {
    return O::recognise(shapes);
  } else {
    return std::nullopt;
  }
}

template <typename O>
std::optional<RecognisedNetwork> recognise_family(const TensorShapes& shapes) {
  if (std::optional<Recognised<O>> found = recognise_options<O>(shapes)) {
    return RecognisedNetwork{type_of(found->options), found->options, found->scale};
  }
  return std::nullopt;
}

template <std::size_t... Is>
std::optional<RecognisedNetwork> recognise_any(const TensorShapes& shapes,
                                               std::index_sequence<Is...>) {
  std::optional<RecognisedNetwork> found;
  // The first family that fits wins; the fold stops there.
  static_cast<void>(
      ((found = recognise_family<std::variant_alternative_t<Is, Families>>(shapes)).has_value() ||
       ...));
  return found;
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): one table, which is read as a list
std::span<const Architecture> architectures() {
  static const std::vector<Architecture> kArchitectures{
      {"compact", "SRVGGNetCompact, 64 features, 16 convolutions", CompactOptions{}},
      {"ultracompact", "SRVGGNetCompact, 64 features, 8 convolutions",
       CompactOptions{.num_conv = 8}},
      {"superultracompact", "SRVGGNetCompact, 24 features, 8 convolutions",
       CompactOptions{.num_feat = 24, .num_conv = 8}},
      {"srvggnetcompact", "SRVGGNetCompact by BasicSR's and Real-ESRGAN's name", CompactOptions{}},
      {"esrgan", "RRDB network as in traiNNer-redux, 64 features, 23 blocks", EsrganOptions{}},
      {"esrgan_lite", "RRDB network as in traiNNer-redux, 32 features, 12 blocks", esrgan_lite()},
      {"rrdbnet", "RRDB network as in BasicSR, 64 features, 23 blocks", RrdbNetOptions{}},
      {"span", "SPAN, 52 features, 6 blocks", SpanOptions{}},
      {"span_s", "SPAN, 48 features, 6 blocks", SpanOptions{.feature_channels = 48}},
      {"span_f32", "SPAN, 32 features, 6 blocks", SpanOptions{.feature_channels = 32}},
      {"span_f64", "SPAN, 64 features, 6 blocks", SpanOptions{.feature_channels = 64}},
      {"span_f96", "SPAN, 96 features, 6 blocks", SpanOptions{.feature_channels = 96}},
      {"spanplus", "SPANPlus, 48 features, 6 blocks, DySample", SpanPlusOptions{}},
      {"spanplus_s", "SPANPlus, 32 features, 4 blocks, DySample",
       SpanPlusOptions{.blocks = {2}, .feature_channels = 32}},
      {"spanplus_st", "SPANPlus, 48 features, 6 blocks, pixel shuffle",
       SpanPlusOptions{.upsampler = SpanPlusUpsampler::kPixelShuffle}},
      {"spanplus_sts", "SPANPlus, 32 features, 4 blocks, pixel shuffle",
       SpanPlusOptions{
           .blocks = {2}, .feature_channels = 32, .upsampler = SpanPlusUpsampler::kPixelShuffle}},
      {"rcan", "RCAN, 64 features, 10 groups of 20 blocks", RcanOptions{}, "", kBfloat16Alone},
      {"rcan_l", "RCAN, 96 features", RcanOptions{.n_feats = 96}, "", kBfloat16Alone},
      {"rcan_unshuffle", "RCAN that folds the input at scales 1 and 2",
       RcanOptions{.unshuffle_mod = true}, "", kBfloat16Alone},
      {"realplksr", "RealPLKSR, 64 features, 28 blocks, 17x17 kernels", RealPlksrOptions{}},
      {"realplksr_tiny", "RealPLKSR, 64 features, 12 blocks, 13x13 kernels",
       RealPlksrOptions{.n_blocks = 12, .kernel_size = 13, .use_ea = false},
       "realplksr_small realplksr_s"},
      {"realplksr_large", "RealPLKSR, 96 features, 28 blocks, 17x17 kernels",
       RealPlksrOptions{.dim = 96}, "realplksr_l"},
      {"plksr", "PLKSR, 64 features, 28 blocks, 17x17 kernels", PlksrOptions{}},
      {"plksr_tiny", "PLKSR, 64 features, 12 blocks, 13x13 kernels",
       PlksrOptions{.n_blocks = 12, .kernel_size = 13, .use_ea = false}},
      {"mosr", "MoSR, 64 features, 24 gated blocks", MosrOptions{}},
      {"mosr_t", "MoSR, 48 features, 5 gated blocks", MosrOptions{.n_block = 5, .dim = 48}},
      {"mosrv2", "MoSRv2, 64 features, 24 gated blocks", MosrV2Options{}},
      {"rtmosr", "RTMoSR, 32 features, 2 gated blocks", RtMosrOptions{}},
      {"rtmosr_l", "RTMoSR that folds the input at scales 1 and 2",
       RtMosrOptions{.unshuffle_mod = true}},
      {"rtmosr_ul", "RTMoSR that folds the input at scales 1 and 2, with 1x1 ends of blocks",
       RtMosrOptions{.ffn_expansion = 1.5, .unshuffle_mod = true, .dccm = false}},
      {"artcnn_r16f96", "ArtCNN, 96 features, 16 blocks", ArtCnnOptions{}, "artcnn"},
      {"artcnn_r8f64", "ArtCNN, 64 features, 8 blocks", ArtCnnOptions{.filters = 64, .n_block = 8}},
      {"artcnn_r8f48", "ArtCNN, 48 features, 8 blocks", ArtCnnOptions{.filters = 48, .n_block = 8}},
      {"artcnn_r5f48", "ArtCNN, 48 features, 5 blocks", ArtCnnOptions{.filters = 48, .n_block = 5}},
      {"artcnn_r8f24", "ArtCNN, 24 features, 8 blocks", ArtCnnOptions{.filters = 24, .n_block = 8}},
      {"artcnn_r3f24", "ArtCNN, 24 features, 3 blocks", ArtCnnOptions{.filters = 24, .n_block = 3}},
      {"dis_balanced", "DIS, 32 features, 12 blocks", DisOptions{}},
      {"dis_fast", "DIS, 32 features, 8 blocks", DisOptions{.num_blocks = 8}},
      {"realcugan", "Real-CUGAN, two U-Nets, scales 2 to 4", RealCuganOptions{}},
      {"swinir_s", "SwinIR, 60 features, 4 groups of 6 blocks", swinir_s(), "", kBfloat16Alone},
      {"swinir_m", "SwinIR, 180 features, 6 groups of 6 blocks", swinir_m(), "", kBfloat16Alone},
      {"swinir",
       "SwinIR by BasicSR's name, 96 features, 4 groups of 6 blocks, "
       "windows of 7x7 (img_size, a multiple of them, has to be set)",
       swinir(), "", kBfloat16Alone},
      {"swinir_l", "SwinIR, 240 features, 9 groups of 6 blocks, nearest+conv", swinir_l(), "",
       kBfloat16Alone},
      {"omnisr", "OmniSR, 64 features, 5 groups of window, grid and channel attention",
       OmniSrOptions{}},
      {"hat_s", "HAT, 144 features, 6 groups of 6 blocks", hat_s(), "", kBfloat16Alone},
      {"hat_m", "HAT, 180 features, 6 groups of 6 blocks", hat_m(), "hat", kBfloat16Alone},
      {"hat_l", "HAT, 180 features, 12 groups of 6 blocks", hat_l(), "", kBfloat16Alone},
      {"hat_m_aligned", "HAT, 192 features, 6 groups of 6 blocks", hat_m_aligned(), "",
       kBfloat16Alone},
      {"hat_l_aligned", "HAT, 192 features, 12 groups of 6 blocks", hat_l_aligned(), "",
       kBfloat16Alone},
      {"drct", "DRCT, 180 features, 6 groups of 5 dense blocks", drct_of(6), "", kBfloat16Alone},
      {"drct_l", "DRCT, 180 features, 12 groups of 5 dense blocks", drct_of(12), "",
       kBfloat16Alone},
      {"drct_xl", "DRCT, 180 features, 14 groups of 5 dense blocks", drct_of(14), "",
       kBfloat16Alone},
      {"dat", "DAT, 180 features, 6 groups of 6 blocks", DatOptions{}, "dat_m", kBfloat16Alone},
      {"dat_s", "DAT, 180 features, 6 groups of 6 blocks, windows of 8x16", dat_s(), "",
       kBfloat16Alone},
      {"dat_2", "DAT, 180 features, 6 groups of 6 blocks, half as wide inside", dat_2(), "",
       kBfloat16Alone},
      {"dat_2_l", "DAT, 180 features, 12 groups of 6 blocks, half as wide inside", dat_2_l(), "",
       kBfloat16Alone},
      {"dat_light", "DAT, 60 features, 18 blocks", dat_light(), "", kBfloat16Alone},
      {"srformer", "SRFormer, 180 features, 6 groups of 6 blocks", SrFormerOptions{}, "",
       kBfloat16Alone},
      {"srformer_light", "SRFormer, 180 features, 4 groups of 6 blocks", srformer_light(), "",
       kBfloat16Alone},
      {"temporalspan", "TemporalSPAN, clips of 5 frames, 48 features, 6 blocks",
       TemporalSpanOptions{}},
      {"temporalspanv2", "TSPANv2, clips of 5 frames, 48 features, 2 levels of 6 blocks",
       TemporalSpanV2Options{}, "tspanv2"},
      {"fdat", "FDAT, 120 features, 4 groups of 6 blocks, pixel shuffle", FdatOptions{}, "",
       kBfloat16Alone},
      {"fdat_tiny", "FDAT, 96 features, 2 groups of 4 blocks", fdat_tiny()},
      {"fdat_light", "FDAT, 108 features, 3 groups of 4 blocks", fdat_light(), "", kBfloat16Alone},
      {"fdat_medium", "FDAT, 120 features, 4 groups of 6 blocks", fdat_medium(), "",
       kBfloat16Alone},
      {"fdat_medium_aligned", "FDAT, 128 features, 4 groups of 6 blocks", fdat_medium_aligned(), "",
       kBfloat16Alone},
      {"fdat_large", "FDAT, 180 features, 4 groups of 8 blocks", fdat_large(), "", kBfloat16Alone},
      {"fdat_xl", "FDAT, 180 features, 6 groups of 12 blocks", fdat_xl(), "", kBfloat16Alone},
      {"atd", "ATD, 210 features, 6 groups of 6 blocks", atd(), "", kBfloat16Alone},
      {"atd_light", "ATD, 48 features, 4 groups of 6 blocks", atd_light(), "", kBfloat16Alone},
      {"rgt", "RGT, 180 features, 8 groups of 6 blocks", rgt(), "", kBfloat16Alone},
      {"rgt_s", "RGT, 180 features, 6 groups of 6 blocks", rgt_s(), "", kBfloat16Alone},
      {"swin2sr_s", "Swin2SR, 60 features, 4 groups of 6 blocks", swin2sr_s(), "", kBfloat16Alone},
      {"swin2sr_m", "Swin2SR, 180 features, 6 groups of 6 blocks", swin2sr_m(), "", kBfloat16Alone},
      {"swin2sr_l", "Swin2SR, 240 features, 9 groups of 6 blocks, nearest+conv", swin2sr_l(), "",
       kBfloat16Alone},
      {"craft", "CRAFT, 48 features, 4 groups of 2 blocks", CraftOptions{}},
      {"lmlt_base", "LMLT, 60 features, 8 blocks", LmltOptions{}, "lmlt"},
      {"lmlt_tiny", "LMLT, 36 features, 8 blocks", LmltOptions{.dim = 36}},
      {"lmlt_large", "LMLT, 84 features, 8 blocks", LmltOptions{.dim = 84}},
      {"eimn_l", "EIMN, 64 features, 16 blocks", EimnOptions{}, "eimn"},
      {"eimn_a", "EIMN, 64 features, 14 blocks", EimnOptions{.num_stages = 14}},
      {"ditn_real", "DITN for real images, 60 features, 4 and 4 blocks", DitnOptions{}},
      {"dctlsa", "DCTLSA, 55 features, 6 modules", DctlsaOptions{}, "", kBfloat16Alone},
      {"tfdat", "TFDAT, clips of 5 frames, 120 features, 4 groups of 6 blocks", TfdatOptions{}},
      {"scunet_aaf6aa", "SCUNet, 64 features, 7 stages of 2 blocks, scales 1, 2, 4 and 8",
       ScuNetOptions{}},
      {"scunet", "SCUNet as published, 64 features, 7 stages of 4 blocks, scale 1", scunet()},
      {"tscunet", "TSCUNet, clips of 5 frames, 64 features, 2 levels of 7 stages of 2 blocks",
       TScuNetOptions{}, "", kBfloat16Alone},
      {"lkfmixer_t", "LKFMixer, 40 features, 6 blocks", LkfMixerOptions{}},
      {"lkfmixer_b", "LKFMixer, 48 features, 8 blocks",
       LkfMixerOptions{.channels = 48, .num_block = 8}},
      {"lkfmixer_l", "LKFMixer, 64 features, 12 blocks",
       LkfMixerOptions{.channels = 64, .num_block = 12}},
      {"man", "MAN, 180 features, 36 blocks", ManOptions{}},
      {"man_light", "MAN, 60 features, 24 blocks", ManOptions{.n_resblocks = 24, .n_feats = 60}},
      {"man_tiny", "MAN, 48 features, 5 blocks", ManOptions{.n_resblocks = 5, .n_feats = 48}},
      {"safmn", "SAFMN, 36 features, 8 blocks", SafmnOptions{}},
      {"safmn_l", "SAFMN, 128 features, 16 blocks", SafmnOptions{.dim = 128, .n_blocks = 16}},
      {"gaterv3_s", "GaterV3, 32 features, 3 levels", gaterv3_s()},
      {"gaterv3_r", "GaterV3, 32 features, 4 levels", GaterV3Options{}, "gaterv3"},
      {"elan", "ELAN, 180 features, 36 blocks", ElanOptions{}, "", kBfloat16Alone},
      {"elan_light", "ELAN, 60 features, 24 blocks that share attention in pairs", elan_light(), "",
       kBfloat16Alone},
      {"seemore_t", "SeemoRe, 36 features, 6 groups, 3 experts", SeemoreOptions{}, "",
       kBfloat16Alone},
      {"sebica", "Sebica, 16 features, 6 blocks", SebicaOptions{}},
      {"sebica_mini", "Sebica, 8 features, 6 blocks", SebicaOptions{.features = 8}},
      {"escrealm", "ESCRealM, 64 features, 10 blocks, one 13x13 kernel", EscRealMOptions{}},
      {"escrealm_xl", "ESCRealM, 128 features, 16 blocks, one 13x13 kernel", escrealm_xl()},
      {"moesr2", "MoESR2, 64 features, 9 groups of 4 gated blocks", MoEsr2Options{}, "",
       kBfloat16Alone},
      {"cascadedgaze", "CascadedGaze, 60 features, 4 grids and the coarsest, scale 1",
       CascadedGazeOptions{}},
      {"flexnet", "FlexNet, 64 features, 6 groups of 6 blocks", FlexNetOptions{}},
      {"metaflexnet", "FlexNet, 64 features, 4 grids of 4, 6, 6 and 8 blocks", metaflexnet()},
      {"docres_base", "DocRes, 48 features, 4 grids, scale 1", DocResOptions{}, "docres"},
      {"docres_large", "DocRes, 64 features, 4 grids, scale 1", docres_large()},
      {"spanf3", "SPANF3, 48 features, 6 blocks, folds the input at scales 1 and 2",
       SpanF3Options{}},
      {"hit_sir", "HiT-SIR, 60 features, 4 groups of 6 blocks", HitSirOptions{}, "",
       kBfloat16Alone},
      {"hit_sng", "HiT-SNG, 60 features, 4 groups of 6 blocks", HitSngOptions{}, "",
       kBfloat16Alone},
      {"hit_srf", "HiT-SRF, 60 features, 4 groups of 6 blocks", HitSrfOptions{}, "",
       kBfloat16Alone},
      {"grl_b", "GRL, 180 features, 40 blocks, convolutions beside the attention", grl_b(), "",
       kBfloat16Alone},
      {"grl_s", "GRL, 128 features, 4 groups of 4 blocks", grl_s(), "", kBfloat16Alone},
      {"grl_t", "GRL, 64 features, 4 groups of 4 blocks", grl_t(), "", kBfloat16Alone},
      {"emt", "EMT, 60 features, 6 blocks of 6 layers", EmtOptions{}, "", kBfloat16Alone},
      {"dwt", "DWT, 180 features, 6 groups of 6 blocks, windows of 16x16", DwtOptions{}, "",
       kBfloat16Alone},
      {"dwt_s", "DWT, 180 features, 6 groups of 6 blocks, windows of 8x8", dwt_s(), "",
       kBfloat16Alone},
      {"edsr", "EDSR, 64 features, 16 blocks", EdsrOptions{}, "edsr_m", kBfloat16Alone},
      {"edsr_l", "EDSR, 256 features, 32 blocks", edsr_l(), "", kBfloat16Alone},
      {"msrresnet", "SRResNet without norms as in BasicSR, 64 features, 16 blocks",
       MsrResNetOptions{}},
      {"torchscript", "any network, from a TorchScript file", TorchScriptOptions{}},
  };
  return kArchitectures;
}

const Architecture* find_architecture(std::string_view type) {
  for (const Architecture& row : architectures()) {
    if (row.type == type) {
      return &row;
    }
  }
  return nullptr;
}

NetworkOptions::NetworkOptions() : NetworkOptions(architectures().front().defaults) {}

bool NetworkOptions::equals(const NetworkOptions& other) const {
  return options_ == other.options_ || *options_ == *other.options_;
}

Arguments arguments(const Options& options) {
  Arguments found;
  std::visit(
      [&]<typename O>(const O& own) {
        ArgumentWriter<O> writer(own, found);
        O::describe(writer);
      },
      options);
  return found;
}

Options options_from(const Architecture& row, const Arguments& arguments) {
  Options options = row.defaults;
  std::visit(
      [&]<typename O>(O& own) {
        ArgumentReader<O> reader(own, arguments);
        O::describe(reader);
      },
      options);
  return options;
}

int input_channels(const Options& options) {
  return std::visit([](const auto& own) { return own.input_channels(); }, options);
}

bool mixes_samples(const Options& options) {
  return std::visit(
      [](const auto& own) {
        if constexpr (requires { own.mixes_samples(); }) {
          return own.mixes_samples();
        }
        return false;
      },
      options);
}

bool takes_any_side(const Options& options) {
  return std::visit(
      []<typename O>(const O&) {
        if constexpr (requires { O::kTakesAnySide; }) {
          return O::kTakesAnySide;
        }
        return true;
      },
      options);
}

bool can_compute_twice(const Options& options) {
  return std::visit(
      [](const auto& own) {
        return requires {
          own.use_checkpoint;
        };
      },
      options);
}

bool computes_twice(const Options& options) {
  return std::visit(
      [](const auto& own) {
        if constexpr (requires { own.use_checkpoint; }) {
          return own.use_checkpoint;
        }
        return false;
      },
      options);
}

std::optional<Impossible> impossible(const Options& options, int scale) {
  return std::visit(
      [&]<typename O>(const O& own) -> std::optional<Impossible> {
        if constexpr (Selective<O>) {
          return own.impossible(scale);
        }
        return std::nullopt;
      },
      options);
}

std::optional<RecognisedNetwork> recognise(const TensorShapes& shapes) {
  return recognise_any(shapes, std::make_index_sequence<std::variant_size_v<Families>>{});
}

}  // namespace sr::arch
