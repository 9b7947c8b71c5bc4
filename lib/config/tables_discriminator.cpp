#include "config/field_kinds.h"
#include "config/tables.h"

namespace sr::settings {
namespace {

constexpr double kRgb = 3;
constexpr double kMostFeatures = 4096;

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
        automatic("padding", &D::padding, between(1, 2),
                  "Pixels around each convolution's input: 1 in traiNNer-redux since June 2025, 2 "
                  "before (pix2pixHD). auto is 1, and 2 in a run that was begun with 2.")
            .only_for({"patchgandiscriminatorsn"}),
    };
  }();
  return kFields;
}

}  // namespace sr::settings
