#include "arch/discriminators.h"

#include <algorithm>

#include "recipe/gan_loss.h"
#include "resolve/examples.h"
#include "resolve/load.h"
#include "resolve/sections.h"
#include "support/catch.h"
#include "yaml/findings.h"
#include "yaml/overrides.h"

using sr::test::kSmallest;
using sr::test::load_text;

namespace {

std::string problems_of(const std::vector<std::string>& overrides) {
  return sr::test::problems_of(kSmallest, overrides);
}

sr::DiscriminatorConfig discriminator(const std::string& arguments) {
  sr::settings::Findings findings("x.yml");
  sr::settings::Node root = sr::settings::map_node();
  sr::settings::apply_override(root, "network_d=" + arguments, findings);
  sr::Config config;
  sr::settings::read_discriminator(root, config, findings);
  findings.throw_problems();
  REQUIRE(config.network_d.has_value());
  return *config.network_d;
}

}  // namespace

TEST_CASE("discriminators are read with the peers' names", "[resolve]") {
  using namespace sr::arch;
  const auto unet =
      discriminator("{type: UNetDiscriminatorSN, num_in_ch: 3, skip_connection: False}");
  CHECK(unet.type == "unetdiscriminatorsn");
  CHECK(unet.options.get<UnetDiscriminatorOptions>().num_feat == 64);
  CHECK_FALSE(unet.options.get<UnetDiscriminatorOptions>().skip_connection);
  CHECK(discriminator("{type: DUnet, num_feat: 32}").options.get<DunetOptions>().num_feat == 32);
  CHECK(discriminator("{type: VGGStyleDiscriminator, input_size: 256}")
            .options.get<VggDiscriminatorOptions>()
            .input_size == 256);
  CHECK(discriminator("{type: unet}").type == "unetdiscriminatorsn");
  const auto patch =
      discriminator("{type: PatchGANDiscriminatorSN, input_nc: 3, ndf: 16, n_layers: 2}");
  CHECK(patch.type == "patchgandiscriminatorsn");
  CHECK(patch.options.get<PatchGanOptions>().num_feat == 16);
  CHECK(patch.options.get<PatchGanOptions>().num_layers == 2);
  const auto scales = discriminator("{type: MultiscalePatchGANDiscriminatorSN, ndf: 16, num_d: 2}");
  CHECK(scales.type == "multiscalepatchgandiscriminatorsn");
  CHECK(scales.options.get<MultiscalePatchGanOptions>().num_feat == 16);
  CHECK(scales.options.get<MultiscalePatchGanOptions>().num_scales == 2);
  const auto metagan2 =
      discriminator("{type: MetaGan2, in_ch: 3, n_class: 1, blocks: [1, 1, 2, 1]}");
  CHECK(metagan2.options.get<MetaGan2Options>() == MetaGan2Options{.blocks = {1, 1, 2, 1}});
  const auto docres = discriminator(
      "{type: docres_discriminator, inp_channels: 3, out_channels: 1, dim: 32, num_blocks: 4, "
      "norm_type: spectral}");
  CHECK(docres.options.get<DocResDiscriminatorOptions>() ==
        DocResDiscriminatorOptions{
            .dim = 32, .num_blocks = 4, .norm_type = DocResDiscriminatorOptions::Norm::kSpectral});
  CHECK(discriminator("{type: unetsegmentation, encoder_name: resnet34, encoder_weights: ~}")
            .options.get<UnetSegmentationOptions>() ==
        UnetSegmentationOptions{.encoder_name = UnetSegmentationOptions::Encoder::kResnet34});
  CHECK(discriminator("{type: MetaGAN3}").options.get<MetaGan3Options>() == MetaGan3Options{});
}

TEST_CASE("what a discriminator does not have is a problem by name", "[resolve]") {
  const auto also = [](const std::string& arguments, const std::string& problem) {
    const std::string found = problems_of({"network_d=" + arguments});
    INFO(found);
    CHECK(found.find(problem) != std::string::npos);
  };
  also("{type: dunet, skip_connection: true}",
       "network_d.skip_connection: only with type unetdiscriminatorsn");
  also("{type: vggstylediscriminator, input_size: 96}",
       "network_d.input_size: expected one of 128, 256, got '96'");
  also("{type: ea2fpn}", "network_d.type: discriminator 'ea2fpn' is not available: nearest");
  also("{type: docres_discriminator, num_blocks: 0}", "network_d.num_blocks");
  also("{type: docres_discriminator, norm_type: batch}", "network_d.norm_type");
  also("{type: unetsegmentation, encoder_name: efficientnet-b7}", "network_d.encoder_name");
  also("{type: unetsegmentation, activation: sigmoid}", "network_d.activation: not available");
  also("{type: metagan2, dims: [4]}", "network_d.dims");
  also("{type: metagan2, num_feat: 32}", "network_d.num_feat: only with type");
  also("{type: compact}", "network_d.type: unknown discriminator 'compact'");
  also("{type: patchgan, use_sigmoid: true}", "network_d.use_sigmoid: not available");
  also("{num_feat: 64}", "network_d.type: required");
}

TEST_CASE("options of a discriminator that do not fit together are told with their line",
          "[resolve]") {
  const auto told = [](const std::string& section) {
    return sr::test::problems_with("network_d:\n" + section);
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(told("  type: metagan2\n  blocks: [1]\n"),
             Contains("x.yml:13: network_d.blocks: expected 4 entries as in dims, got 1"));
  CHECK_THAT(told("  type: metagan2\n  downs: [4, 2, 4, 2]\n"),
             Contains("x.yml:13: network_d.downs: expected 4, then 2 for every other stage"));
  CHECK_THAT(told("  type: metagan3\n  dims: [8]\n"),
             Contains("x.yml:13: network_d.dims: expected two entries or more, got 1"));
  CHECK_THAT(told("  type: metagan3\n  dims: [8, 16]\n"),
             Contains("network_d.type: blocks: expected 2 entries as in dims, got 4"));
  CHECK_THAT(told("  type: dunet\n  num_feat: 33\n"),
             Contains("x.yml:13: network_d.num_feat: dunet needs a multiple of 2, got 33"));
}

TEST_CASE("of docres_discriminator's lists only the length counts", "[resolve]") {
  using sr::arch::DocResDiscriminatorOptions;
  const auto loaded = load_text(
      kSmallest, {"network_d={type: DocRes_discriminator, num_blocks: [1, 2, 9], heads: [1, 2, 4]}",
                  "train.losses=[{type: ganloss}]"});
  CHECK(loaded.config.network_d->options.get<DocResDiscriminatorOptions>().num_blocks == 3);
  const auto said = [&](const std::string& text) {
    return std::ranges::any_of(loaded.notices, [&](const std::string& notice) {
      return notice.find(text) != std::string::npos;
    });
  };
  CHECK(said("network_d.num_blocks: a list stands for as many convolutions"));
  CHECK(said("network_d.heads"));
  CHECK_FALSE(problems_of({"network_d={type: docres_discriminator, num_blocks: []}"}).empty());
}

TEST_CASE("the gradient penalty is a setting of the ganloss or stands where BasicSR has it",
          "[resolve]") {
  const auto options = [](std::vector<std::string> more, const std::string& loss = "") {
    more.insert(more.begin(),
                {"network_d={type: unet}", "train.losses=[{type: ganloss" + loss + "}]"});
    return load_text(kSmallest, more)
        .config.train.losses.at(0)
        .options.get<sr::recipe::GanOptions>();
  };
  CHECK(options({}).r1_reg_weight == 0);
  CHECK(options({}).net_d_reg_every == 16);
  CHECK(options({}, ", r1_reg_weight: 5, net_d_reg_every: 4") ==
        sr::recipe::GanOptions{.r1_reg_weight = 5, .net_d_reg_every = 4});
  CHECK(options({"train.r1_reg_weight=10", "train.net_d_reg_every=8"}) ==
        sr::recipe::GanOptions{.r1_reg_weight = 10, .net_d_reg_every = 8});
  CHECK(options({"train.r1_reg_weight=5"}, ", r1_reg_weight: 5").r1_reg_weight == 5);
  const auto problem = [](const std::string& loss, const std::string& key) {
    return problems_of(
        {"network_d={type: unet}", "train.losses=[{type: ganloss" + loss + "}]", key});
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(problem("", "train.r1_reg_weight=-1"),
             Contains("train.r1_reg_weight: expected a number from 0 on"));
  CHECK_THAT(problem("", "train.net_d_reg_every=0"), Contains("expected a number from 1 on"));
  CHECK_THAT(problem(", r1_reg_weight: 5", "train.r1_reg_weight=10"),
             Contains("given as well as in the ganloss"));
  CHECK(load_text(kSmallest, {"train.r1_reg_weight=10"}).notices.size() >
        load_text(kSmallest).notices.size());
}

TEST_CASE("a discriminator with linear layers needs crops of its size all the time", "[resolve]") {
  const auto found = [](std::vector<std::string> more) {
    more.insert(more.begin(), "network_d={type: vggstylediscriminator}");
    return problems_of(more);
  };
  const std::string size =
      "takes images of 128 pixels (its input_size), lq_size 32 x scale 2 is 64";
  CHECK(found({}).find("network_d.input_size: vggstylediscriminator " + size) != std::string::npos);
  CHECK(found({"datasets.train.lq_size=64"}).find("takes images") == std::string::npos);
  CHECK(found({"datasets.train.lq_size=64",
               "datasets.train.size_schedule=[{step: 1, lq_size: 48, batch_size: 2}]"})
            .find("size_schedule.0.lq_size: vggstylediscriminator takes images of 128") !=
        std::string::npos);
  CHECK(found({"datasets.train.lq_size=64",
               "datasets.train.size_schedule=[{step: 1, lq_size: 64, batch_size: 2}]"})
            .find("takes images") == std::string::npos);
  const std::string optimizer = "training_automations.DynamicBatchSizeOptimizer=";
  CHECK(found({"datasets.train.lq_size=64", optimizer + "{}"}).find("takes images of one size") !=
        std::string::npos);
  CHECK(found({"datasets.train.lq_size=64", optimizer + "{min_lq_size: 64, max_lq_size: 64}"})
            .find("takes images") == std::string::npos);
}

TEST_CASE("a discriminator of a TorchScript file has that file and no features", "[resolve]") {
  CHECK(discriminator("{type: torchscript, file: nets/d.pt}")
            .options.get<sr::arch::ScriptDiscriminatorOptions>()
            .file == "nets/d.pt");
  CHECK_THROWS_AS(discriminator("{type: torchscript, file: d.pt, num_feat: 32}"), sr::ConfigError);
  CHECK_THROWS_AS(discriminator("{type: dunet, file: d.pt}"), sr::ConfigError);
}

TEST_CASE("adaptive_d has traiNNer-redux's defaults and needs a loss that is never below 0",
          "[resolve]") {
  const auto with = [](const std::string& type, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"network_d={type: unet}",
                               "train.losses=[{type: ganloss, gan_type: " + type + "}]"});
    return more;
  };
  const sr::TrainConfig train =
      load_text(kSmallest, with("vanilla", {"train.adaptive_d=true"})).config.train;
  CHECK(train.adaptive_d);
  CHECK(train.adaptive_d_ema_decay == 0.999);
  CHECK(train.adaptive_d_threshold == 1.02);
  CHECK_FALSE(load_text(kSmallest).config.train.adaptive_d);
  for (const char* type : {"wgan", "hinge"}) {
    CHECK_THAT(
        problems_of(with(type, {"train.adaptive_d=true"})),
        Catch::Matchers::Contains("train.adaptive_d: needs a ganloss that is never below 0"));
    CHECK(problems_of(with(type)).empty());
  }
  for (const char* type : {"lsgan", "wgan_softplus"}) {
    CHECK(problems_of(with(type, {"train.adaptive_d=true"})).empty());
  }
  CHECK(load_text(kSmallest, {"train.adaptive_d=true"}).notices.size() >
        load_text(kSmallest).notices.size());
}
