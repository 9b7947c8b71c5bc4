#include "config/loss_section.h"

#include <algorithm>
#include <array>

#include "config/network_section.h"
#include "recipe/losses.h"

namespace sr::settings {
namespace {

/// Options that stand before `gt_usm` in a resolved file, as they did in those of older versions.
constexpr std::array<std::string_view, 2> kBeforeSharpening{"eps", "criterion"};

}  // namespace

/// With the decoder, which is described as network_g is, by what a recipe does not know.
template <>
const Fields<recipe::AesopOptions>& option_fields<recipe::AesopOptions>() {
  using O = recipe::AesopOptions;
  static const Fields<O> kFields = [] {
    OptionFields<O> table;
    O::describe(table);
    Fields<O> fields = table.take();
    Field<O> decoder{FieldText{"decoder_opt",
                               "section",
                               "",
                               "The decoder, with the settings of network_g.",
                               {Shape::Kind::kSection}}};
    decoder.read = [](const Node& node, O& out, const Site& site) -> Problem {
      const Site own(site.findings(), site.full("decoder_opt"), "network_g");
      if (auto network = read_nested_network(node, out.scale, own)) {
        out.decoder = std::move(*network);
      }
      return std::nullopt;
    };
    decoder.write = [](const O& options) {
      const auto* nested = options.decoder.get_if<NestedNetwork>();
      return nested != nullptr ? write_network(nested->network) : null_node();
    };
    fields.push_back(std::move(decoder).require());
    return fields;
  }();
  return kFields;
}

const TypedSection<LossConfig>& loss_section() {
  using L = LossConfig;
  static const TypedSection<L> kSection(
      Fields<L>{
          type_field(TypeKind::kLoss, &L::type, "The formula (docs/losses.md).").require(),
          number("loss_weight", &L::loss_weight, Range{},
                 "Its factor in the sum; 0 = left out. Below 0, the output is compared with the "
                 "enlarged LQ instead of GT, by the weight's amount."),
          flag("gt_usm", &L::gt_usm,
               "What the output is compared with, or (ganloss) what the discriminator is shown as "
               "real, is sharpened GT. Real-ESRGAN's l1_gt_usm, percep_gt_usm and gan_gt_usm set "
               "it."),
      },
      options_tables(recipe::kLosses));
  return kSection;
}

Node write_loss(const LossConfig& loss) {
  const Node shared = loss_section().write_shared(loss);
  const Node options = loss_section().write_options(loss);
  Node map = map_node();
  const auto add_options = [&](bool before) {
    for (std::size_t i = 0; i < options.keys.size(); ++i) {
      if (std::ranges::count(kBeforeSharpening, options.keys[i]) == (before ? 1 : 0)) {
        map.add(options.keys[i], options.children[i]);
      }
    }
  };
  for (std::size_t i = 0; i < shared.keys.size(); ++i) {
    if (shared.keys[i] == "gt_usm") {
      add_options(true);
    }
    map.add(shared.keys[i], shared.children[i]);
  }
  add_options(false);
  return map;
}

std::vector<LossConfig> default_losses() {
  return {loss_section().defaults("charbonnierloss")};
}

}  // namespace sr::settings
