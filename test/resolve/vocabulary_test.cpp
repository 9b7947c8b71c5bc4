#include "dialect/vocabulary.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>

#include "arch/catalogue.h"
#include "config/tables.h"
#include "core/lower_case.h"
#include "recipe/cosine.h"
#include "resolve/examples.h"
#include "support/catch.h"

namespace {

const std::filesystem::path kPeers = SR_SOURCE_DIR "/test/resolve/peers";

/// The keys that a file is refused for.
std::set<std::string> refused_keys(const std::string& peer) {
  std::set<std::string> keys;
  try {
    sr::load_config(kPeers / (peer + ".yml"), {});
  } catch (const sr::ConfigError& error) {
    std::istringstream lines(error.what());
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(line.find("not available") != std::string::npos);
      std::smatch match;
      REQUIRE(std::regex_search(line, match, std::regex(":\\d+: ([^:]+): ")));
      keys.insert(match[1]);
    }
  }
  return keys;
}

}  // namespace

TEST_CASE("traiNNer-redux's Compact template trains as it is", "[resolve]") {
  const sr::LoadedConfig loaded = sr::load_config(kPeers / "trainner_compact_fidelity.yml", {});
  const sr::Config& config = loaded.config;
  CHECK(config.train_set.lq_size == 96);
  CHECK(config.train_set.batch_size_per_gpu == 16);
  CHECK(config.train_set.dataroot_lq.size() == 2);
  CHECK(config.train.total_iter == 450000);
  CHECK(config.train.scheduler.options.get<sr::recipe::MultiStepOptions>().milestones.size() == 5);
  CHECK(config.use_amp);
  CHECK(config.use_channels_last == sr::Switch::kOn);
  CHECK_FALSE(config.val.val_enabled);
  CHECK(config.val_sets.size() == 1);
  CHECK(loaded.warnings.empty());
  CHECK(loaded.notices ==
        std::vector<std::string>{
            "use_compile, compile_mode: no effect here: LibTorch has no torch.compile"});
  CHECK(loaded.num_gpu == 1);  // auto
}

TEST_CASE("BasicSR's options of SRVGGNetCompact train as they are", "[resolve]") {
  const sr::LoadedConfig loaded = sr::load_config(kPeers / "basicsr_srvgg_x4.yml", {});
  const sr::Config& config = loaded.config;
  CHECK(config.network_g.type == "srvggnetcompact");
  CHECK(std::get<sr::arch::CompactOptions>(config.network_g.options.get()).num_conv == 32);
  CHECK(config.train_set.lq_size == 32);
  CHECK(config.train_set.use_hflip);
  CHECK(config.train.optim_g.type == "Adam");
  CHECK(config.train.losses[0].type == "l1loss");
  CHECK(config.train.scheduler.options.get<sr::recipe::CosineRestartOptions>().periods.size() == 4);
  CHECK(config.val.val_freq == 5000);
  CHECK(config.val.val_enabled);
  CHECK(config.logger.save_checkpoint_freq == 5000);
}

TEST_CASE("the other templates are refused naming exactly what is not available", "[resolve]") {
  using Keys = std::set<std::string>;
  CHECK(refused_keys("trainner_esrgan_gan") == Keys{});
  CHECK(refused_keys("trainner_compact_otf_gan") == Keys{});
  CHECK(refused_keys("basicsr_rrdbnet_psnr_x4") == Keys{});
  CHECK(refused_keys("basicsr_esrgan_x4") == Keys{});
  CHECK(refused_keys("realesrnet_x4plus") == Keys{});
  CHECK(refused_keys("realesrgan_x4plus") == Keys{});
  CHECK(refused_keys("realesrgan_x4plus_pairdata") == Keys{});
  CHECK(refused_keys("fork_paragonsr2_realtime") ==
        Keys{"network_g.type", "train.dynamic_loss_scheduling"});
}

TEST_CASE("a loss that a template leaves at weight 0 trains when it is given one", "[resolve]") {
  const std::filesystem::path file = kPeers / "trainner_esrgan_gan.yml";
  const auto dists_in = [](const sr::Config& config) {
    return std::ranges::count_if(config.train.losses, [](const sr::LossConfig& loss) {
      return loss.type == "distsloss" && loss.loss_weight > 0;
    });
  };
  CHECK(dists_in(sr::load_config(file, {}).config) == 0);
  CHECK(dists_in(sr::load_config(file, {"train.losses.5.loss_weight=0.25"}).config) == 1);
}

TEST_CASE("the fork's four automations are effective and what is not is said", "[resolve]") {
  const sr::LoadedConfig loaded =
      sr::load_config(kPeers / "fork_paragonsr2_realtime.yml",
                      {"network_g={type: compact}", "train.dynamic_loss_scheduling.enabled=false"});
  const sr::Config& config = loaded.config;
  REQUIRE(config.size_optimizer);
  CHECK(config.size_optimizer->min_lq_size == 64);
  CHECK(config.learning_rate_scheduler == sr::LearningRateOptions{});
  CHECK(config.gradient_clipping == sr::recipe::GradientClippingOptions{});
  REQUIRE(config.early_stopping);
  CHECK(config.early_stopping->patience == 10000);
  CHECK(config.early_stopping->min_improvement == 0.01);
  CHECK(config.early_stopping->monitor_metric == "val/psnr");
  CHECK(config.early_stopping->convergence_threshold == 0.0001);
  std::set<std::string> without_effect;
  for (const std::string& notice : loaded.notices) {
    if (notice.starts_with("train.training_automations")) {
      without_effect.insert(notice.substr(0, notice.find(':')));
    }
  }
  CHECK(without_effect ==
        std::set<std::string>{
            "train.training_automations.IntelligentEarlyStopping.convergence_log_frequency"});
}

TEST_CASE("the seed's block runs as printed at the top level", "[resolve]") {
  const std::filesystem::path seed = SR_SOURCE_DIR "/test/resolve/seed_block.yml";
  const sr::Config config = sr::test::load_with(sr::test::read_text(seed)).config;
  REQUIRE(config.size_optimizer.has_value());
  CHECK(*config.size_optimizer == sr::SizeOptimizerOptions{});
}

TEST_CASE("no key is both a setting and a foreign key and none is listed twice", "[resolve]") {
  std::set<std::string> foreign;
  for (const sr::settings::ForeignKeys& row : sr::settings::foreign_keys()) {
    CHECK_FALSE(row.text.empty());
    for (const std::string& key : sr::settings::words(row.keys)) {
      INFO(row.section << " " << key);
      CHECK(foreign.insert(std::string(row.section) + "." + key).second);
    }
  }
  std::set<std::string> seen;
  for (const sr::settings::SectionText& section : sr::settings::all_sections()) {
    // The options of each family of networks are a table of their own.
    const std::string path = section.path == "network_g" ? section.title : section.path;
    const std::string name = section.path == "datasets.train" ? "datasets" : path;
    for (const sr::settings::FieldText* field : section.fields) {
      INFO(name << " " << field->key);
      // Types may each have an option of a name.
      std::vector<std::string> names = field->aliases;
      names.push_back(field->key);
      for (const std::string& key : names) {
        CHECK_FALSE(foreign.contains(name + "." + key));
        CHECK(seen.insert(name + "." + key + " " + field->only_with).second);
      }
      CHECK((field->type == "section" || field->help.ends_with('.') || field->help.ends_with('`')));
    }
  }
}

TEST_CASE("no type name is listed twice", "[resolve]") {
  std::set<std::string> seen;
  for (const sr::settings::TypeNames& row : sr::settings::type_names()) {
    for (const std::string& name : sr::settings::words(row.names)) {
      INFO(name);
      CHECK(seen.insert(std::string(sr::settings::kind_name(row.kind)) + " " + sr::lower(name))
                .second);
    }
  }
}

TEST_CASE("a network that is not available names one that is close in speed and quality",
          "[resolve]") {
  const auto nearest = [](const char* name) {
    const auto found = sr::settings::find_type(sr::settings::TypeKind::kNetwork, name);
    REQUIRE(found);
    CHECK(found->support == sr::settings::Support::kNotAvailable);
    // What is named works.
    const std::string text(found->text);
    const std::string first = text.substr(9, text.find_first_of(", ", 9) - 9);
    CHECK(sr::arch::find_architecture(first) != nullptr);
    return first;
  };
  CHECK(nearest("ECBSR") == "compact");
  CHECK(nearest("lhan_tiny") == "span_s");
  CHECK(nearest("RIDNet") == "artcnn_r16f96");
  CHECK(nearest("heart") == "omnisr");
  CHECK(nearest("hat_iln_m_aligned") == "swinir_m");
  CHECK(nearest("nafnet") == "realplksr");
  CHECK(nearest("spanf") == "compact");
  CHECK(nearest("LAWFFT") == "omnisr");
  CHECK(nearest("srformerv2") == "swinir_m");
  CHECK(nearest("hat_iln") == "swinir_m");
  CHECK(nearest("dat_iln") == "swinir_m");
  CHECK(nearest("iconvsr") == "temporalspanv2");
}

TEST_CASE("values of traiNNer-redux that ask for nothing are accepted", "[resolve]") {
  const std::string assignment = GENERATE(
      "train.losses=[{type: hsluvloss, blur_strength: 0}]",
      "train.losses=[{type: perceptualloss, antialiased: false}]",
      "train.losses=[{type: perceptualloss, verbose_logging: true}]",
      "train.losses=[{type: perceptualloss, alpha: ~, w_lambda: 0.01}]",
      "train.losses=[{type: mssimloss, channels: 3, downsample: false, is_prod: true}]",
      "train.losses=[{type: l1loss, reduction: mean}]", "train.eco={enabled: false}",
      "train.eco={enabled: false, end_ratio: 0.75, mode: full}", "network_g_teacher=~",
      "path.pretrain_network_g_teacher=~", "path.pretrain_network_g_ema=~", "network_ae=~",
      "train.adaptive_d=false", "train.use_moa=false", "datasets.train.lq_resize_mode=~",
      "datasets.train.color=~", "datasets.train.io_backend={type: disk}", "input_pixel_format=rgb");
  INFO(assignment);
  CHECK(sr::test::problems_of(sr::test::kSmallest, {assignment}).empty());
}

TEST_CASE("what they ask for otherwise is refused by name with the reason", "[resolve]") {
  const auto refused = [](const std::string& assignment) {
    return sr::test::problems_of(sr::test::kSmallest, {assignment});
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(refused("train.losses=[{type: mssimloss, downsample: true}]"),
             Contains("downsample: not available"));
  CHECK_THAT(refused("network_ae={type: x}"), Contains("network_ae: not available"));
  CHECK_THAT(refused("path.pretrain_network_g_ema=x.pth"), Contains("use pretrain_network_g"));
  CHECK_THAT(refused("datasets.train.lq_resize_mode=bicubic"),
             Contains("only with type singlegtdataset"));
  CHECK_THAT(refused("datasets.val={type: singlelqdataset, dataroot_gt: x}"),
             Contains("'singlelqdataset' is not available"));
  CHECK_THAT(refused("network_d={type: metagan}"), Contains("is not available"));
  CHECK_THAT(refused("network_d={type: unetsegmentation, encoder_weights: imagenet}"),
             Contains("network_d.encoder_weights: not available"));
  CHECK_THAT(refused("network_g={type: unetsegmentation}"), Contains("marks places of an image"));
  CHECK_THAT(refused("datasets.val={type: pairedvideodataset, dataroot_gt: a, dataroot_lq: b, "
                     "clip_size: 5}"),
             Contains("datasets.val.clip_size: expected 1 as in datasets.train"));
}

TEST_CASE("LQ that singlegtdataset makes is shrunk in traiNNer-redux's modes", "[resolve]") {
  const auto mode = [](const std::string& word) {
    return sr::test::load_text(
               sr::test::kSmallest,
               {"datasets.train={type: singlegtdataset, dataroot_gt: hr" + word + "}"})
        .config.train_set.lq_resize_mode;
  };
  CHECK(mode("") == sr::ResizeMode::kBicubic);
  CHECK(mode(", lq_resize_mode: ~") == sr::ResizeMode::kBicubic);
  CHECK(mode(", lq_resize_mode: lanczos") == sr::ResizeMode::kLanczos);
  CHECK(mode(", lq_resize_mode: nearest-exact") == sr::ResizeMode::kNearest);
  CHECK_THAT(sr::test::problems_of(sr::test::kSmallest,
                                   {"datasets.train={type: singlegtdataset, dataroot_gt: hr, "
                                    "lq_resize_mode: sinc}"}),
             Catch::Matchers::Contains("lq_resize_mode: expected one of area, bilinear"));
}

TEST_CASE("metrics of unrounded images are left out with a warning", "[resolve]") {
  const sr::LoadedConfig loaded = sr::test::load_text(
      sr::test::kSmallest, {"val.metrics={a: {type: calculate_psnr_pt, crop_border: 4}, b: {type: "
                            "calculate_ssim_pt}, c: {type: calculate_psnr}}"});
  REQUIRE(loaded.config.val.metrics.size() == 1);
  REQUIRE(loaded.warnings.size() == 2);
  CHECK_THAT(loaded.warnings[0], Catch::Matchers::Contains("val.metrics.a: skipped"));
}

TEST_CASE("BasicSR's meta_info_file is meta_info", "[resolve]") {
  CHECK(sr::test::load_text(sr::test::kSmallest, {"datasets.train.meta_info_file=list.txt"})
            .config.train_set.meta_info == "list.txt");
}

TEST_CASE("words of BasicSR's other files are known and not taken for misspelt ones", "[resolve]") {
  using sr::settings::TypeKind;
  const sr::LoadedConfig loaded =
      sr::test::load_with("", {"train.tsa_iter=50000", "train.dcn_lr_mul=1", "train.fix_flow=5000",
                               "train.flow_lr_mul=0.125"});
  CHECK(std::ranges::any_of(loaded.notices, [](const std::string& notice) {
    return notice.starts_with("train.tsa_iter, ") && notice.find("no effect") != std::string::npos;
  }));
  for (const auto& [kind, name] : {std::pair(TypeKind::kDataset, "VideoRecurrentTestDataset"),
                                   std::pair(TypeKind::kNetwork, "HiFaceGAN")}) {
    const auto found = sr::settings::find_type(kind, name);
    REQUIRE(found);
    CHECK(found->support == sr::settings::Support::kNotAvailable);
  }
  const std::string compact =
      sr::test::problems_of(sr::test::kSmallest, {"network_g={type: compact, num_group: 10}"});
  CHECK(compact.find("a word of BasicSR's RCAN") != std::string::npos);
}
