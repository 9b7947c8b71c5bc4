#include "recipe/losses.h"
#include "config/resolved_text.h"
#include "resolve/examples.h"
#include "support/catch.h"
#include "yaml/write_yaml.h"

using sr::recipe::Criterion;
using sr::recipe::FeatureCriterion;
using sr::recipe::PerceptualOptions;
using sr::test::kSmallest;
using sr::test::load_text;
using sr::test::problems_of;

namespace {

/// Trains with the GAN losses of these tests.
const std::string kDiscriminator = "network_d={type: unetdiscriminatorsn}";

std::vector<sr::LossConfig> losses_with(const std::vector<std::string>& overrides) {
  return load_text(kSmallest, overrides).config.train.losses;
}

/// What is said of model_type; empty when nothing is.
std::string said_of_model(const sr::LoadedConfig& loaded) {
  for (const std::string& notice : loaded.notices) {
    if (notice.starts_with("model_type")) {
      return notice;
    }
  }
  return {};
}

std::string problem_of(const std::string& losses) {
  return problems_of(kSmallest, {"train.losses=[" + losses + "]"});
}

}  // namespace

TEST_CASE("a loss starts with the defaults of its type", "[resolve]") {
  const auto losses = losses_with(
      {"train.losses=[{type: perceptualloss}, {type: HSLuvLoss}, {type: consistency_loss}, "
       "{type: ldlloss, criterion: l2}, {type: gradientvarianceloss}]"});
  REQUIRE(losses.size() == 5);
  CHECK(losses[0].options.get<PerceptualOptions>() == PerceptualOptions{});
  CHECK(losses[0].options.get<PerceptualOptions>().layer_weights.at("conv2_2") == 0.1);
  CHECK(losses[1].options.get<sr::recipe::HsluvOptions>() == sr::recipe::HsluvOptions{});
  CHECK(losses[2].type == "consistencyloss");
  CHECK(losses[2].options.get<sr::recipe::ConsistencyOptions>() ==
        sr::recipe::ConsistencyOptions{});
  CHECK(losses[3].options.get<sr::recipe::LdlOptions>() == sr::recipe::LdlOptions{Criterion::kL2});
  CHECK(losses[4].options.get<sr::recipe::GradientVarianceOptions>() ==
        sr::recipe::GradientVarianceOptions{});
}

TEST_CASE("BasicSR's perceptual_opt has BasicSR's defaults", "[resolve]") {
  const auto losses = losses_with(
      {"train.perceptual_opt={type: PerceptualLoss, layer_weights: {conv5_4: 1}, "
       "vgg_type: vgg19, use_input_norm: true, range_norm: false, perceptual_weight: 0.5, "
       "style_weight: 0}"});
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].options.get<PerceptualOptions>() ==
        PerceptualOptions{.criterion = FeatureCriterion::kL1,
                          .layer_weights = {{"conv5_4", 1}},
                          .replicate_padding = false,
                          .perceptual_weight = 0.5});
}

TEST_CASE("ESRGANModel makes the GAN loss relativistic and other models do not", "[resolve]") {
  const std::string gan = "train.gan_opt={type: GANLoss, gan_type: lsgan, loss_weight: 0.005}";
  const auto relativistic = load_text(kSmallest, {gan, kDiscriminator, "model_type=ESRGANModel"});
  REQUIRE(relativistic.config.train.losses.size() == 1);
  CHECK(relativistic.config.train.losses[0].options.get<sr::recipe::GanOptions>() ==
        sr::recipe::GanOptions{.gan_type = sr::recipe::GanType::kLsgan, .relativistic = true});
  CHECK(said_of_model(relativistic).empty());
  const auto plain = load_text(kSmallest, {gan, kDiscriminator, "model_type=RealESRGANModel"});
  CHECK_FALSE(plain.config.train.losses[0].options.get<sr::recipe::GanOptions>().relativistic);
  CHECK(said_of_model(plain).starts_with("model_type: no effect here"));
  CHECK_FALSE(said_of_model(load_text(kSmallest, {"model_type=ESRGANModel"})).empty());
}

TEST_CASE("settings of losses are refused where they cannot hold", "[resolve]") {
  CHECK(problem_of("{type: mssimloss, criterion: l1}").find("only with type perceptualloss") !=
        std::string::npos);
  CHECK(problem_of("{type: ldlloss, criterion: fro}") ==
        "--set: train.losses.0.criterion: expected one of l1, l2, charbonnier, chc, got 'fro'");
  CHECK(problem_of("{type: perceptualloss, criterion: topiq}")
            .ends_with("expected one of l1, l2, charbonnier, fro, pd, fd, pd+l1, fd+l1, chc, got "
                       "'topiq'"));
  CHECK(problem_of("{type: perceptualloss, vgg_type: vgg16}").find("not available") !=
        std::string::npos);
  for (const char* layer : {"conv3_5", "conv6_1", "conv1_0", "fc6", "pool0", "relu2_3", "conv"}) {
    CHECK(problem_of(std::string("{type: perceptualloss, layer_weights: {") + layer + ": 1}}")
              .find("vgg19 has no layer") != std::string::npos);
  }
  CHECK(problem_of("{type: perceptualloss, layer_weights: {conv1_1: 0}}").find("above 0") !=
        std::string::npos);
  CHECK(problem_of("{type: ganloss}, {type: ganloss}").find("more than once") != std::string::npos);
}

TEST_CASE("LDL needs averaged weights", "[resolve]") {
  CHECK(problem_of("{type: ldlloss}").empty());
  CHECK(problems_of(kSmallest, {"train.ldl_opt={type: LDLLoss}", "train.ema_decay=0"})
            .find("train.ema_decay above 0") != std::string::npos);
}

TEST_CASE("every loss survives the resolved file", "[resolve]") {
  const std::string all =
      "train.losses=[{type: ganloss, gan_type: hinge, relativistic: true, real_label_val: 0.9}, "
      "{type: perceptualloss, layer_weights: {relu1_1: 0.5, conv5_4: 2}, weights: a.safetensors, "
      "criterion: fro, style_weight: 3, replicate_padding: false, range_norm: true}, "
      "{type: mssimloss, color_space: ycbcr, include_luminance: true, channels: 3, is_prod: true}, "
      "{type: ffloss, alpha: 0.5, patch_factor: 2, ave_spectrum: false, log_matrix: true}, "
      "{type: hsluvloss, hue_weight: 1, downscale_factor: 2}, {type: colorloss, scale: 8}, "
      "{type: cosimloss, cosim_lambda: 3}, {type: consistencyloss, cosim: false, blur: false}, "
      "{type: gradientvarianceloss, patch_size: 8}, {type: averageloss, criterion: l2}, "
      "{type: lumaloss}, {type: weightedtvloss}, {type: sobeledgeloss}, {type: ldlloss}]";
  const sr::Config config = load_text(kSmallest, {all, kDiscriminator}).config;
  REQUIRE(config.train.losses.size() == 14);
  INFO(sr::resolved_yaml(config));
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
}
