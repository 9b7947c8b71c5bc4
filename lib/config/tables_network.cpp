#include "config/field_kinds.h"
#include "config/tables.h"

namespace sr::settings {
namespace {

constexpr double kRgb = 3;           // channels of a frame
constexpr double kLargestClip = 99;  // frames
constexpr double kMostFeatures = 4096;

const std::vector<std::string> kCompact{"compact", "ultracompact", "superultracompact",
                                        "srvggnetcompact"};
const std::vector<std::string> kRrdb{"esrgan", "esrgan_lite", "rrdbnet"};

Field<NetworkConfig> activation_field() {
  return value_field<NetworkConfig>(
      FieldText{"act_type", "one of", "prelu, relu, leakyrelu", "Activation."},
      &NetworkConfig::act_type,
      [](const Node& node) -> std::optional<std::string> {
        const std::string name = lower(node.text);
        const bool known = name == "prelu" || name == "relu" || name == "leakyrelu";
        return known ? std::optional(name) : std::nullopt;
      },
      [](const std::string& name) { return plain_node(name); });
}

Field<DiscriminatorConfig> input_size_field() {
  return value_field<DiscriminatorConfig>(
      FieldText{"input_size", "one of", "128, 256",
                "Side of the images it takes, pixels; must be lq_size x scale."},
      &DiscriminatorConfig::input_size,
      [](const Node& node) -> std::optional<int> {
        const std::int64_t side = node.integer().value_or(0);
        return side == 128 || side == 256 ? std::optional(static_cast<int>(side)) : std::nullopt;
      },
      [](int side) { return number_node(side); });
}

}  // namespace

const Fields<NetworkConfig>& network_fields() {
  static const Fields<NetworkConfig> kFields = [] {
    using N = NetworkConfig;
    return Fields<N>{
        type_field(TypeKind::kNetwork, &N::type, "Architecture; the scale is the top-level one.")
            .require(),
        number("num_in_ch", &N::num_in_ch, between(kRgb, kRgb * kLargestClip),
               "Input channels: 3 (RGB) x `clip_size`.")
            .alias("in_nc"),
        number("num_out_ch", &N::num_out_ch, between(kRgb, kRgb), "Output channels (RGB).")
            .alias("out_nc"),
        number("num_feat", &N::num_feat, between(1, kMostFeatures),
               "Features of the hidden layers.")
            .default_is("64; superultracompact 24, esrgan_lite 32")
            .alias("num_filters")
            .alias("nf"),
        number("num_conv", &N::num_conv, between(0, 1024), "Convolutions between first and last.")
            .default_is("16; ultracompact and superultracompact 8")
            .only_for(kCompact),
        activation_field().only_for(kCompact),
        flag("learn_residual", &N::learn_residual,
             "The network adds to the nearest-neighbour enlarged input.")
            .only_for(kCompact),
        number("num_block", &N::num_block, between(1, 1024),
               "Residual blocks of three dense blocks each.")
            .default_is("23; esrgan_lite 12")
            .alias("num_blocks")
            .alias("nb")
            .only_for(kRrdb),
        number("num_grow_ch", &N::num_grow_ch, between(1, kMostFeatures),
               "Features that each convolution of a dense block adds.")
            .alias("gc")
            .only_for(kRrdb),
        flag("use_pixel_unshuffle", &N::use_pixel_unshuffle,
             "Scales 1 and 2: a 4x network on the input folded by 4 or 2, which is faster. rrdbnet "
             "always does so.")
            .only_for({"esrgan", "esrgan_lite"}),
        choice("param_naming", &N::param_naming,
               Names<ParamNaming>{{"new", ParamNaming::kNew}, {"old", ParamNaming::kOld}},
               "Parameter names in the weight files that are written: new (conv_first, "
               "body.0.rdb1.conv1) or old (model.0, model.1.sub.0.RDB1.conv1.0). Both are read.")
            .default_is("old; rrdbnet new")
            .only_for(kRrdb),
    };
  }();
  return kFields;
}

const Fields<DiscriminatorConfig>& discriminator_fields() {
  static const Fields<DiscriminatorConfig> kFields = [] {
    using D = DiscriminatorConfig;
    return Fields<D>{
        type_field(TypeKind::kDiscriminator, &D::type, "Architecture.").require(),
        number("num_in_ch", &D::num_in_ch, between(kRgb, kRgb), "Input channels (RGB).")
            .alias("input_nc")
            .alias("in_ch"),
        number("num_feat", &D::num_feat, between(1, kMostFeatures), "Features of the first layer.")
            .alias("ndf")
            .alias("dim"),
        flag("skip_connection", &D::skip_connection,
             "The encoder's features are added to the decoder's.")
            .only_for({"unetdiscriminatorsn"}),
        input_size_field().only_for({"vggstylediscriminator"}),
        number("num_layers", &D::num_layers, between(1, 8), "Convolutions with stride 2.")
            .alias("n_layers")
            .only_for({"patchgandiscriminatorsn"}),
    };
  }();
  return kFields;
}

NetworkConfig network_defaults(const std::string& type) {
  NetworkConfig network;
  const bool lite = type == "esrgan_lite";
  network.num_feat = type == "superultracompact" ? 24 : lite ? 32 : network.num_feat;
  network.num_conv = type == "ultracompact" || type == "superultracompact" ? 8 : network.num_conv;
  network.num_block = lite ? 12 : network.num_block;
  network.param_naming = type == "esrgan" || lite ? ParamNaming::kOld : ParamNaming::kNew;
  return network;
}

}  // namespace sr::settings
