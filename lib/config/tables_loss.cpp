#include <iterator>

#include "config/field_kinds.h"
#include "config/path_text.h"
#include "config/tables.h"

namespace sr::settings {
namespace {

using L = LossConfig;

/// conv1_2: 0.1, relu5_4: 1 ... of VGG19; convolutions are taken before their ReLU.
bool is_vgg19_layer(const std::string& name) {
  for (const std::string_view kind : {"conv", "relu"}) {
    if (name.size() == kind.size() + 3 && name.starts_with(kind) && name[kind.size() + 1] == '_') {
      const int block = name[kind.size()] - '0';
      const int layer = name.back() - '0';
      return block >= 1 && block <= 5 && layer >= 1 && layer <= (block < 3 ? 2 : 4);
    }
  }
  return name.size() == 5 && name.starts_with("pool") && name[4] >= '1' && name[4] <= '5';
}

Field<L> layer_weights_field() {
  Field<L> field{FieldText{"layer_weights", "section of layer: number", "numbers above 0",
                           "VGG19's layers (conv1_1 before its ReLU, relu1_1, pool1 ...) and their "
                           "factors."}};
  field.read = [wanted = static_cast<const FieldText&>(field)](const Node& node, L& out,
                                                               const Site&) -> Problem {
    std::map<std::string, double> weights;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const std::optional<double> weight = node.children[i].number();
      if (!is_vgg19_layer(node.keys[i])) {
        return fmt::format("vgg19 has no layer '{}'; it has conv1_1, relu1_1 ... pool5",
                           node.keys[i]);
      }
      if (!weight || *weight <= 0) {
        return expected(wanted, node.children[i]);
      }
      weights[node.keys[i]] = *weight;
    }
    if (weights.empty()) {
      return expected(wanted, node);
    }
    out.layer_weights = std::move(weights);
    return std::nullopt;
  };
  field.write = [](const L& loss) {
    Node map = map_node();
    for (const auto& [layer, weight] : loss.layer_weights) {
      map.add(layer, node_of(weight));
    }
    return map;
  };
  return std::move(field)
      .default_is("conv1_2 .1, conv2_2 .1, conv3_4 1, conv4_4 1, conv5_4 1")
      .only_for({"perceptualloss"});
}

Fields<L> general_fields() {
  const Names<Criterion> criteria{{"l1", Criterion::kL1},
                                  {"l2", Criterion::kL2},
                                  {"charbonnier", Criterion::kCharbonnier},
                                  {"fro", Criterion::kFrobenius},
                                  {"chc", Criterion::kCharbonnier}};
  return {
      type_field(TypeKind::kLoss, &L::type, "The formula (docs/losses.md).").require(),
      number("loss_weight", &L::loss_weight, at_least(0), "Its factor in the sum; 0 = left out."),
      number("eps", &L::eps, more_than(0), "Softness of the corner at 0.")
          .only_for({"charbonnierloss"}),
      choice("criterion", &L::criterion, criteria,
             "What is made of a difference; fro only for perceptualloss, chc is neosr's word for "
             "charbonnier.")
          .default_is("l1; charbonnier for perceptualloss, gradientvarianceloss, consistencyloss")
          .only_for({"perceptualloss", "ldlloss", "colorloss", "lumaloss", "averageloss",
                     "hsluvloss", "gradientvarianceloss", "consistencyloss"}),
  };
}

Field<L> sharpening_field() {
  return flag("gt_usm", &L::gt_usm,
              "What the output is compared with, or (ganloss) what the discriminator is shown as "
              "real, is sharpened GT. Real-ESRGAN's l1_gt_usm, percep_gt_usm and gan_gt_usm set "
              "it.");
}

Fields<L> gan_fields() {
  const Names<GanType> types{{"vanilla", GanType::kVanilla},
                             {"lsgan", GanType::kLsgan},
                             {"wgan", GanType::kWgan},
                             {"wgan_softplus", GanType::kWganSoftplus},
                             {"hinge", GanType::kHinge}};
  return {
      choice("gan_type", &L::gan_type, types, "The formula for the logits.").only_for({"ganloss"}),
      number("real_label_val", &L::real_label_val, between(-1, 2),
             "What the discriminator is to say of GT (vanilla, lsgan).")
          .only_for({"ganloss"}),
      number("fake_label_val", &L::fake_label_val, between(-1, 2),
             "What the discriminator is to say of outputs (vanilla, lsgan).")
          .only_for({"ganloss"}),
      flag("relativistic", &L::relativistic,
           "Compares logits with the mean logit of the other kind (ESRGAN); BasicSR's "
           "`model_type: ESRGANModel` turns it on.")
          .only_for({"ganloss"}),
  };
}

Fields<L> perceptual_fields() {
  return {
      as_path(text("weights", &L::weights, "File with the weights of torchvision's vgg19."))
          .only_for({"perceptualloss"}),
      layer_weights_field(),
      flag("use_input_norm", &L::use_input_norm,
           "Shifts and scales images by ImageNet's mean and deviation.")
          .only_for({"perceptualloss"}),
      flag("range_norm", &L::range_norm, "Maps images from -1 ... 1 to 0 ... 1 before.")
          .only_for({"perceptualloss"}),
      flag("replicate_padding", &L::replicate_padding,
           "The first convolution repeats the image's border instead of seeing black; false in "
           "BasicSR and for `perceptual_opt`.")
          .only_for({"perceptualloss"}),
      number("perceptual_weight", &L::perceptual_weight, at_least(0), "Factor of the features.")
          .only_for({"perceptualloss"}),
      number("style_weight", &L::style_weight, at_least(0), "Factor of the Gram matrices; 0 = off.")
          .only_for({"perceptualloss"}),
  };
}

Fields<L> structure_fields() {
  return {
      flag("test_y_channel", &L::test_y_channel, "Compares luma instead of R, G and B.")
          .only_for({"mssimloss"}),
      choice("color_space", &L::color_space,
             Names<LumaSpace>{{"yiq", LumaSpace::kYiq}, {"ycbcr", LumaSpace::kYcbcr}},
             "Whose luma: full range, or 16 to 235 of 255.")
          .only_for({"mssimloss"}),
      flag("include_luminance", &L::include_luminance, "Compares local means at the last scale.")
          .only_for({"mssimloss"}),
      number("alpha", &L::alpha, more_than(0), "Power of a frequency's weight.")
          .only_for({"ffloss"}),
      number("patch_factor", &L::patch_factor, between(1, 64),
             "Cuts images into this many patches along each side.")
          .only_for({"ffloss"}),
      flag("ave_spectrum", &L::ave_spectrum, "Compares the mean spectrum of the batch.")
          .only_for({"ffloss"}),
      flag("log_matrix", &L::log_matrix, "Weights by the logarithm of the difference.")
          .only_for({"ffloss"}),
      flag("batch_matrix", &L::batch_matrix, "One largest weight for the whole batch.")
          .only_for({"ffloss"}),
      number("patch_size", &L::patch_size, between(2, 4096), "Side of the patches, pixels.")
          .only_for({"gradientvarianceloss"}),
  };
}

Fields<L> color_fields() {
  return {
      number("hue_weight", &L::hue_weight, at_least(0), "Factor of the hue.")
          .only_for({"hsluvloss"}),
      number("saturation_weight", &L::saturation_weight, at_least(0), "Factor of the saturation.")
          .only_for({"hsluvloss"}),
      number("lightness_weight", &L::lightness_weight, at_least(0), "Factor of the lightness.")
          .only_for({"hsluvloss"}),
      number("downscale_factor", &L::downscale_factor, between(1, 64),
             "Compares images that are this much smaller.")
          .only_for({"hsluvloss"}),
      number("scale", &L::scale, between(1, 4096), "Side of the averaged squares, pixels.")
          .only_for({"colorloss", "averageloss"}),
      number("cosim_lambda", &L::cosim_lambda, more_than(0), "Factor of 1 - cosine.")
          .only_for({"cosimloss"}),
      flag("blur", &L::blur, "Blurs images before their lightness is compared.")
          .only_for({"consistencyloss"}),
      flag("cosim", &L::cosim, "Adds 1 - cosine once it is below 0.001; rules out micro-batches.")
          .only_for({"consistencyloss"}),
      number("saturation", &L::saturation, more_than(0), "Factor of GT's chroma.")
          .only_for({"consistencyloss"}),
      number("brightness", &L::brightness, more_than(0), "Factor of GT's lightness.")
          .only_for({"consistencyloss"}),
  };
}

}  // namespace

const Fields<LossConfig>& loss_fields() {
  static const Fields<LossConfig> kFields = [] {
    Fields<L> all = general_fields();
    all.push_back(sharpening_field());
    for (Fields<L>& group : std::vector<Fields<L>>{gan_fields(), perceptual_fields(),
                                                   structure_fields(), color_fields()}) {
      std::move(group.begin(), group.end(), std::back_inserter(all));
    }
    return all;
  }();
  return kFields;
}

LossConfig loss_defaults(const std::string& type) {
  LossConfig loss;
  loss.type = type;
  for (const std::string_view soft :
       {"perceptualloss", "gradientvarianceloss", "consistencyloss"}) {
    if (type == soft) {
      loss.criterion = Criterion::kCharbonnier;
    }
  }
  return loss;
}

std::vector<LossConfig> default_losses() {
  return {loss_defaults("charbonnierloss")};
}

}  // namespace sr::settings
