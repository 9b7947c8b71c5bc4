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

TEST_CASE("a relativistic hinge loss, which gives the generator nothing, is warned of",
          "[resolve]") {
  const std::string gan = "train.gan_opt={type: GANLoss, gan_type: hinge, loss_weight: 0.005}";
  const auto warned = load_text(kSmallest, {gan, kDiscriminator, "model_type=ESRGANModel"});
  REQUIRE(warned.warnings.size() == 1);
  CHECK_THAT(warned.warnings.front(),
             Catch::Contains("train.losses: gan_type hinge, relativistic"));
  CHECK(load_text(kSmallest, {gan, kDiscriminator}).warnings.empty());
}

TEST_CASE("a ganloss of weight 0 leaves the discriminator out, as in traiNNer-redux", "[resolve]") {
  const std::string gan = GENERATE("ganloss", "multiscaleganloss");
  const auto loaded =
      load_text(kSmallest, {"train.losses=[{type: l1loss}, {type: " + gan + ", loss_weight: 0}]",
                            kDiscriminator, "train.optim_d={type: AdamW}"});
  CHECK_FALSE(loaded.config.network_d);
  std::string said;
  for (const std::string& notice : loaded.notices) {
    said += notice;
  }
  CHECK_THAT(said, Catch::Contains("network_d") && Catch::Contains("train.optim_d") &&
                       Catch::Contains("the loss_weight of ganloss is 0"));
}

TEST_CASE("where true asks for nothing, false is not taken for off", "[resolve]") {
  CHECK_THAT(problem_of("{type: mssimloss, is_prod: false}"),
             Catch::Contains("is_prod: not available"));
  CHECK(problem_of("{type: mssimloss, is_prod: true}").empty());
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
  CHECK(problem_of("{type: contextualloss, net: vgg16}").find("not available") !=
        std::string::npos);
  CHECK(problem_of("{type: contextualloss, layer_weights: {blur_1: 1}}").find("no layer") !=
        std::string::npos);
  CHECK(problem_of("{type: ganloss}, {type: ganloss}").find("more than once") != std::string::npos);
}

TEST_CASE("settings of a loss that do not fit together are refused", "[resolve]") {
  const auto refused = [](const std::string& settings, const std::string& why) {
    INFO(settings);
    CHECK(problem_of("{" + settings + "}").find(why) != std::string::npos);
  };
  refused("type: perceptualloss, layer_weights: {blur1: 1}", "antialiased: true");
  refused("type: perceptualloss, criterion: pd, alpha: [1]", "alpha: 1 numbers for 5 layers");
  refused("type: perceptualloss, alpha: [0, 0, 0, 0, 0.5]", "alpha is the share of");
  refused("type: perceptualloss, criterion: pd, layer_weights: {conv1_1: 1}", "an alpha of 1");
  refused("type: perceptualloss, criterion: fd+l1, style_weight: 1", "style_weight");
  refused("type: adistsloss, window_size: 20", "multiple of 3");
  refused("type: l1loss, loss_weight: -1, gt_usm: true", "gt_usm sharpens GT");
  refused("type: ganloss, loss_weight: -0.1", "compares with nothing");
  CHECK(problem_of("{type: perceptualloss, layer_weights: {blur1: 1}, antialiased: true}").empty());
  CHECK(problem_of("{type: perceptualloss, criterion: pd, layer_weights: {conv1_1: 1}, alpha: [1]}")
            .empty());
}

TEST_CASE("features must be large enough for what is made of them", "[resolve]") {
  const auto side = [](FeatureCriterion criterion, bool antialiased) {
    return PerceptualOptions{.criterion = criterion,
                             .layer_weights = PerceptualOptions::layers_of(criterion),
                             .antialiased = antialiased}
        .smallest_side();
  };
  CHECK(side(FeatureCriterion::kL1, false) == 16);
  CHECK(side(FeatureCriterion::kL1, true) == 32);
  CHECK(side(FeatureCriterion::kFdL1, false) == 80);
  CHECK(side(FeatureCriterion::kPd, false) == 16);
  CHECK(sr::recipe::ContextualOptions{}.smallest_side() == 16);
  CHECK(sr::recipe::HsluvOptions{.blur_strength = 3}.smallest_side() == 7);
}

TEST_CASE("layers that a file does not name are those of the criterion", "[resolve]") {
  const auto layers = [](const std::string& settings) {
    return losses_with({"train.losses=[{type: perceptualloss, " + settings + "}]"})[0]
        .options.get<PerceptualOptions>()
        .layers();
  };
  using Layers = std::vector<std::string>;
  CHECK(layers("criterion: pd") == Layers{"relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4"});
  CHECK(layers("criterion: pd+l1").size() == 10);
  CHECK(layers("criterion: pd+l1")[1] == "relu1_2");
  CHECK(layers("criterion: l1")[0] == "conv1_2");
  CHECK(layers("criterion: pd, layer_weights: {pool3: 1}") == Layers{"pool3"});
}

TEST_CASE("a negative weight is kept and traiNNer-redux's other names are read", "[resolve]") {
  const auto losses = losses_with(
      {"train.losses=[{type: fliploss, loss_weight: -0.5}, {type: perceptualfp16loss}, "
       "{type: contextualloss, layer_weights: {conv_3_2: 0.5}, calc_type: symetric, net: vgg19}, "
       "{type: distsloss, as_loss: true, load_weights: true}, {type: adistsloss, resize_input: "
       "false}]"});
  REQUIRE(losses.size() == 5);
  CHECK(losses[0].loss_weight == -0.5);
  CHECK(losses[1].type == "perceptualloss");
  const auto& contextual = losses[2].options.get<sr::recipe::ContextualOptions>();
  CHECK(contextual.layers() == std::map<std::string, double>{{"conv3_2", 0.5}});
  CHECK(contextual.calc_type == sr::recipe::ContextualForm::kSymmetric);
  CHECK(load_text(kSmallest,
                  {"train.losses=[{type: multiscaleganloss, loss_weight: 0.1}]", kDiscriminator})
            .config.train.losses[0]
            .type == "ganloss");
}

TEST_CASE("traiNNer-redux's older keys lead to the losses that they had", "[resolve]") {
  const auto losses = losses_with(
      {"train.dists_opt={type: DISTSLoss}", "train.contextual_opt={type: ContextualLoss}",
       "train.pd_opt={type: PerceptualLoss, criterion: pd}",
       "train.fd_opt={type: PerceptualLoss, criterion: fd+l1, layer_weights: {relu1_1: 1}}",
       "train.bicubic_opt={type: BicubicLoss}", "train.ms_ssim_l1_opt={type: MSSSIML1Loss}"});
  std::vector<std::string> types;
  for (const sr::LossConfig& loss : losses) {
    types.push_back(loss.type);
  }
  CHECK(types == std::vector<std::string>{"distsloss", "contextualloss", "perceptualloss",
                                          "perceptualloss", "bicubicloss", "msssiml1loss"});
  CHECK(losses[2].options.get<PerceptualOptions>().replicate_padding);
  const auto theirs = losses_with({"num_gpu=auto", "train.perceptual_opt={type: PerceptualLoss}"});
  CHECK(theirs[0].options.get<PerceptualOptions>() == PerceptualOptions{});
}

TEST_CASE("a key of a loss that is not available may be there when it is off", "[resolve]") {
  const std::string listed = "train.losses=[{type: l1loss}]";
  for (const char* off : {"{type: FeatureMatchingLoss, loss_weight: 0}", "false", "~", "{}"}) {
    const std::string key = std::string("train.feature_matching_opt=") + off;
    INFO(key);
    CHECK(problems_of(kSmallest, {key}).empty());
    CHECK(problems_of(kSmallest, {key, listed}).empty());
    CHECK(losses_with({key}) == losses_with({}));
  }
  const std::string on = "train.feature_matching_opt={type: FeatureMatchingLoss}";
  CHECK(problems_of(kSmallest, {on}) ==
        "--set: train.feature_matching_opt: not available: nearest: perceptual_opt");
}

TEST_CASE("losses with a network of drawings have traiNNer-redux's settings", "[resolve]") {
  using sr::recipe::LineDistillerOptions;
  using sr::recipe::PerceptualAnimeOptions;
  const auto losses = losses_with(
      {"train.losses=[{type: PerceptualAnimeLoss, loss_weight: 0.5, verbose_logging: true, "
       "layer_weights: {7_2_conv1: 1}}, {type: LineDistillerLoss, debug: true}]"});
  CHECK(losses[0].options.get<PerceptualAnimeOptions>() ==
        PerceptualAnimeOptions{.layer_weights = {{"7_2_conv1", 1}}});
  CHECK(losses[1].options.get<LineDistillerOptions>() == LineDistillerOptions{});
  CHECK(PerceptualAnimeOptions::convolution("0") == "conv1");
  CHECK(PerceptualAnimeOptions::convolution("6_5_conv2") == "layer3.5.conv2");
  for (const char* name : {"1", "4_3_conv1", "8_0_conv1", "4_0_conv4", "4_0_bn1", "4_0_conv11"}) {
    CHECK(problem_of(std::string("{type: perceptualanimeloss, layer_weights: {") + name + ": 1}}")
              .find("has no convolution") != std::string::npos);
  }
}

TEST_CASE("the type of BasicSR's ldl_opt is what LDL compares with", "[resolve]") {
  const auto ldl_of = [](const std::string& type, const std::string& model) {
    return losses_with({"train.ldl_opt={type: " + type + ", loss_weight: 0.5}", model}).at(0);
  };
  const std::string basicsr = "model_type=RealESRGANModel";
  const auto absolute = ldl_of("L1Loss", basicsr);
  CHECK(absolute.type == "ldlloss");
  CHECK(absolute.loss_weight == 0.5);
  CHECK(absolute.options.get<sr::recipe::LdlOptions>().criterion == Criterion::kL1);
  CHECK(ldl_of("MSELoss", basicsr).options.get<sr::recipe::LdlOptions>().criterion ==
        Criterion::kL2);
  CHECK(ldl_of("CharbonnierLoss", basicsr).options.get<sr::recipe::LdlOptions>().criterion ==
        Criterion::kCharbonnier);
  CHECK(ldl_of("LDLLoss", basicsr).type == "ldlloss");
  CHECK(ldl_of("L1Loss", "num_gpu=1").type == "l1loss");  // of traiNNer-redux
}

TEST_CASE("LDL needs averaged weights", "[resolve]") {
  CHECK(problem_of("{type: ldlloss}").empty());
  CHECK(problems_of(kSmallest, {"train.ldl_opt={type: LDLLoss}", "train.ema_decay=0"})
            .find("train.ema_decay above 0") != std::string::npos);
}

TEST_CASE("every loss survives the resolved file", "[resolve]") {
  const std::string all =
      "train.losses=[{type: ganloss, gan_type: lsgan, relativistic: true, real_label_val: 0.9}, "
      "{type: perceptualloss, layer_weights: {relu1_1: 0.5, conv5_4: 2}, weights: a.safetensors, "
      "criterion: fro, style_weight: 3, replicate_padding: false, range_norm: true}, "
      "{type: mssimloss, color_space: ycbcr, include_luminance: true, channels: 3, is_prod: true}, "
      "{type: ffloss, alpha: 0.5, patch_factor: 2, ave_spectrum: false, log_matrix: true}, "
      "{type: hsluvloss, hue_weight: 1, downscale_factor: 2}, {type: colorloss, scale: 8}, "
      "{type: cosimloss, cosim_lambda: 3}, {type: consistencyloss, cosim: false, blur: false}, "
      "{type: gradientvarianceloss, patch_size: 8}, {type: averageloss, criterion: l2}, "
      "{type: lumaloss}, {type: weightedtvloss}, {type: sobeledgeloss}, {type: ldlloss}, "
      "{type: perceptualloss, criterion: pd+l1, alpha: [0.5, 1], layer_weights: {conv1_2: 1, "
      "blur1: 2}, antialiased: true, w_lambda: 0.1, num_proj_fd: 8, stride_fd: 2, "
      "phase_weight_fd: 0.5, clip_min: 0.1}, {type: contextualloss, loss_weight: -1, b: 0.5, "
      "crop_quarter: true, distance_type: l1, band_width: 0.1, use_vgg: false, z_norm: true}, "
      "{type: distsloss, use_input_norm: false, clip_min: 0.2}, {type: adistsloss, window_size: "
      "9}, "
      "{type: fliploss, pixels_per_degree: 30}, {type: bcewithlogitsdiceloss, eps: 0.1}, "
      "{type: perceptualanimeloss, criterion: charbonnier, weights: b.safetensors, layer_weights: "
      "{0: 2, 4_2_conv3: 0.5}}, {type: linedistillerloss, criterion: l2, weights: c.pth}]";
  const sr::Config config = load_text(kSmallest, {all, kDiscriminator}).config;
  REQUIRE(config.train.losses.size() == 22);
  INFO(sr::resolved_yaml(config));
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
}

TEST_CASE("structuretextureloss has traiNNer-redux's settings", "[resolve]") {
  using sr::recipe::StructureTextureOptions;
  const auto losses = losses_with(
      {"train.losses=[{type: StructureTextureLoss, loss_weight: 1, structure_k: 20, texture_k: 10, "
       "texture_t: 0.1, color_space: ycbcr, layer_weights: {relu1_2: 2}}, "
       "{type: structuretextureloss}]"});
  CHECK(losses[0].options.get<StructureTextureOptions>() ==
        StructureTextureOptions{.layer_weights = {{"relu1_2", 2}},
                                .structure_k = 20,
                                .color_space = sr::recipe::LumaSpace::kYcbcr});
  CHECK(losses[1].options.get<StructureTextureOptions>() == StructureTextureOptions{});
  CHECK(StructureTextureOptions{}.smallest_side() == 16);
  CHECK(StructureTextureOptions{.perceptual_weight = 0}.smallest_side() == 1);
  CHECK(problem_of("{type: structuretextureloss, layer_weights: {blur1: 1}}").find("no layer") !=
        std::string::npos);
  CHECK(problem_of("{type: structuretextureloss, pixel_weight: 0, perceptual_weight: 0}")
            .find("nothing is compared") != std::string::npos);
}
