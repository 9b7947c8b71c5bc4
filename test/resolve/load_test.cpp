#include "resolve/load.h"

#include "arch/catalogue.h"
#include "config/resolved_text.h"
#include "recipe/optimizers.h"
#include "recipe/schedules.h"
#include "resolve/examples.h"
#include "support/catch.h"

using sr::test::kSmallest;
using sr::test::load_text;
using sr::test::load_with;
using sr::test::problems_of;

namespace {

const std::filesystem::path kHere = SR_SOURCE_DIR "/test/resolve";

}  // namespace

TEST_CASE("the smallest file gets the documented defaults", "[resolve]") {
  const sr::Config config = load_text(kSmallest).config;
  CHECK(config.name == "run");
  CHECK(config.scale == 2);
  CHECK(config.train_set.key == "train");
  CHECK(config.train_set.name == "train");
  CHECK(config.train_set.type == "pairedimagedataset");
  CHECK(config.train_set.dataroot_gt == std::vector<std::string>{"hr"});
  CHECK(config.train_set.lq_size == 32);
  CHECK(config.train_set.batch_size_per_gpu == 8);
  CHECK(config.train_set.cache.mode == sr::CacheMode::kAuto);
  CHECK_FALSE(config.train_set.num_worker_per_gpu.has_value());
  CHECK(config.network_g == sr::NetworkConfig{"compact", sr::arch::CompactOptions{}});
  CHECK(config.path.experiments_root == "experiments");
  CHECK(config.train.optim_g.type == "AdamW");
  CHECK(config.train.optim_g.lr == 2e-4);
  CHECK(config.train.ema_decay == 0.999);
  CHECK(config.train.ema_power == 0.75);
  CHECK(config.train.scheduler.type == "MultiStepLR");
  REQUIRE(config.train.losses.size() == 1);
  CHECK(config.train.losses[0].type == "charbonnierloss");
  REQUIRE(config.val.metrics.size() == 2);
  CHECK(config.val.metrics[0].type == "calculate_psnr");
  CHECK(config.val.metrics[0].crop_border == 2);
  CHECK(config.logger.keep_checkpoints == 5);
  CHECK_FALSE(config.size_optimizer.has_value());
  CHECK_FALSE(config.memory_limit.has_value());
}

TEST_CASE("num_gpu is a number of any size", "[resolve]") {
  CHECK(load_with("num_gpu: 4294967297\n").num_gpu == 4294967297);
  CHECK(load_with("num_gpu: 2\n").num_gpu == 2);
  for (const char* alone : {"0", "-1", "auto", "[]", "~"}) {
    CHECK(load_with(std::string("num_gpu: ") + alone + "\n").num_gpu == 1);
  }
}

TEST_CASE("dist says how long a rank may be silent", "[resolve]") {
  CHECK(load_with("").dist.timeout == 600);
  CHECK(load_with("dist: {timeout: 60, backend: auto}\n").dist.timeout == 60);
  const std::size_t told = load_with("").notices.size();
  CHECK(load_with("dist: {timeout: 60}\n").notices.size() == told);
  CHECK(load_with("dist: false\n").notices.size() == told + 1);  // the other trainers' own note
  for (const char* wrong : {"{timeout: 0}", "{timeout: x}", "{backend: mpi}", "{foo: 1}", "[1]"}) {
    CHECK_THROWS_AS(load_with(std::string("dist: ") + wrong + "\n"), sr::ConfigError);
  }
}

TEST_CASE("an unknown automation is answered with those that are known", "[resolve]") {
  const std::string said =
      problems_of(std::string(kSmallest) + "training_automations: {EarlyStopping: {}}\n");
  CHECK(said.find("IntelligentEarlyStopping") != std::string::npos);
}

TEST_CASE("the example of the interface loads with its values", "[resolve]") {
  const sr::LoadedConfig loaded = sr::load_config(kHere / "interface_example.yml", {});
  CHECK(loaded.notices.empty());
  CHECK(loaded.warnings.empty());
  const sr::Config& config = loaded.config;
  CHECK(config.name == "2x_compact_t91");
  CHECK(config.manual_seed == 1024);
  CHECK(config.train_set.name == "T91");
  REQUIRE(config.val_sets.size() == 1);
  CHECK(config.val_sets[0].key == "val");
  CHECK(config.val_sets[0].name == "Set14");
  CHECK(config.val_sets[0].dataroot_lq == std::vector<std::string>{"path/lr_x2"});
  CHECK(config.val.metrics[1].key == "ssim");
  CHECK(config.val.metrics[1].test_y_channel);
  CHECK(config.size_optimizer == sr::SizeOptimizerOptions{});
}

TEST_CASE("the values of the interface's example are the defaults", "[resolve]") {
  // All but the required ones, the names of the sets and the optimizer, which is off by default.
  sr::Config expected = sr::load_config(kHere / "interface_example.yml", {}).config;
  const sr::Config config =
      load_text(
          "name: 2x_compact_t91\nscale: 2\nmanual_seed: 1024\ndatasets:\n"
          "  train: {name: T91, type: pairedimagedataset, dataroot_gt: path/hr, dataroot_lq: "
          "path/lr_x2}\n"
          "  val: {name: Set14, type: pairedimagedataset, dataroot_gt: path/hr_x2, dataroot_lq: "
          "path/lr_x2}\n"
          "network_g: {type: compact}\ntrain: {total_iter: 20000}\n")
          .config;
  expected.size_optimizer.reset();
  CHECK(config == expected);
}

TEST_CASE("a seed is drawn when the file has none and written to the resolved file", "[resolve]") {
  const sr::Config config = load_text(kSmallest).config;
  const sr::Config again = load_text(sr::resolved_yaml(config)).config;
  CHECK(again.manual_seed == config.manual_seed);
  CHECK(load_text(kSmallest).config.manual_seed != config.manual_seed);  // fails once in 2^31
  CHECK(load_with("manual_seed: 0\n").config.manual_seed == 0);
}

TEST_CASE("numbers words and lists are read as the peers' YAML reader does", "[resolve]") {
  const sr::Config config =
      load_with(
          "use_amp: Yes\namp_bf16: off\nfast_matmul: TRUE\nuse_channels_last: no\n"
          "val: {val_freq: !!float 5e3, tile_size: 1_024}\n"
          "logger: {print_freq: 2e1, save_checkpoint_freq: 100.0}\n"
          "memory_limit: 1.5 GiB\npath: {pretrain_network_g: ~, experiments_root: 2024}\n")
          .config;
  CHECK(config.use_amp);
  CHECK_FALSE(config.amp_bf16);
  CHECK(config.fast_matmul);
  CHECK(config.use_channels_last == sr::Switch::kOff);
  CHECK(config.val.val_freq == 5000);
  CHECK(config.val.tile_size == 1024);
  CHECK(config.logger.print_freq == 20);
  CHECK(config.logger.save_checkpoint_freq == 100);
  CHECK(config.memory_limit == std::int64_t{3} << 29);
  CHECK(config.path.experiments_root == "2024");
}

TEST_CASE("JSON is read like any YAML", "[resolve]") {
  const sr::Config config = load_text(R"({"name": "j", "scale": 4, "memory_limit": "256MiB",
 "datasets": {"train": {"name": "train", "type": "pairedimagedataset", "dataroot_gt": "/a/hr",
                        "dataroot_lq": "/a/lr", "lq_size": 48, "use_hflip": true,
                        "size_schedule": [{"step": 20, "lq_size": 24, "batch_size": 4, "micro_batch": 2}]}},
 "network_g": {"type": "compact", "num_feat": 24, "num_conv": 8},
 "train": {"total_iter": 80, "ema_decay": 0, "optim_g": {"type": "AdamW", "lr": 0.0005, "betas": [0.9, 0.99]},
           "scheduler": {"type": "MultiStepLR", "milestones": [1000000000], "gamma": 0.5},
           "losses": [{"type": "l1loss", "loss_weight": 1.0}]},
 "val": {"val_enabled": false}, "logger": {"save_checkpoint_freq": 1000000000, "use_tb_logger": false}})")
                                .config;
  CHECK(config.scale == 4);
  CHECK(config.memory_limit == 256 << 20);
  CHECK(config.train.optim_g.lr == 0.0005);
  REQUIRE(config.train_set.size_schedule.size() == 1);
  CHECK(config.train_set.size_schedule[0] == sr::ScheduledSize{20, 24, 4, 2});
  CHECK_FALSE(config.val.val_enabled);
}

TEST_CASE("lq_size may be given as gt_size", "[resolve]") {
  const sr::Config config = load_text(kSmallest, {"datasets.train.gt_size=96"}).config;
  CHECK(config.train_set.lq_size == 48);
}

TEST_CASE("each compact network has its own numbers and explicit ones win", "[resolve]") {
  const auto type = [](const std::string& arguments) {
    return load_text(kSmallest, {"network_g=" + arguments}).config.network_g.type;
  };
  const auto options = [](const std::string& arguments) {
    return std::get<sr::arch::CompactOptions>(
        load_text(kSmallest, {"network_g=" + arguments}).config.network_g.options.get());
  };
  CHECK(type("{type: UltraCompact}") == "ultracompact");
  CHECK(options("{type: ultracompact}").num_conv == 8);
  CHECK(options("{type: ultracompact}").num_feat == 64);
  CHECK(options("{type: superultracompact}").num_feat == 24);
  CHECK(options("{type: superultracompact, num_feat: 32}").num_feat == 32);
  CHECK(options("{type: SRVGGNetCompact, upscale: 2, act_type: PReLU}").act_type ==
        sr::arch::Activation::kPrelu);
  CHECK(options("{type: srvggnetcompact}").num_conv == 16);
}

TEST_CASE("every schedule is read with its own settings", "[resolve]") {
  using namespace sr::recipe;
  const auto scheduler = [](const std::string& text) {
    return load_text(kSmallest, {"train.scheduler=" + text}).config.train.scheduler;
  };
  CHECK(scheduler("{type: multisteplr, milestones: [5, 1e1]}").options.get<MultiStepOptions>() ==
        MultiStepOptions{.milestones = {5, 10}});
  CHECK(scheduler("{type: CosineAnnealingLR, T_max: 70, eta_min: !!float 1e-7}")
            .options.get<CosineOptions>() == CosineOptions{.t_max = 70, .eta_min = 1e-7});
  CHECK(scheduler("{type: CosineAnnealingRestartLR, periods: [60, 60], restart_weights: [1, 0.5]}")
            .options.get<CosineRestartOptions>() ==
        CosineRestartOptions{.periods = {60, 60}, .restart_weights = {1, 0.5}});
  CHECK(scheduler("{type: constant}").type == "ConstantLR");
  CHECK(scheduler("{type: LinearLR, total_iter: 70}").options.get<LinearOptions>() ==
        LinearOptions{.total_iters = 70});
}

TEST_CASE("the schedules of traiNNer-redux have their names and arguments", "[resolve]") {
  using namespace sr::recipe;
  const auto scheduler = [](const std::string& text) {
    return load_text(kSmallest, {"train.scheduler=" + text}).config.train.scheduler;
  };
  const sr::SchedulerConfig stable = scheduler(
      "{type: warmupstabledecaylr, num_warmup_steps: 5, num_stable_steps: 60, "
      "num_decay_steps: 35, min_lr_ratio: 0.1, cooldown_type: cosine}");
  CHECK(stable.type == "WarmupStableDecayLR");
  CHECK(stable.options.get<WarmupStableDecayOptions>() ==
        WarmupStableDecayOptions{.num_warmup_steps = 5,
                                 .num_stable_steps = 60,
                                 .num_decay_steps = 35,
                                 .min_lr_ratio = 0.1,
                                 .cooldown_type = Cooldown::kCosine});
  CHECK(problems_of(kSmallest, {"train.scheduler={type: WarmupStableDecayLR, num_warmup_steps: 1, "
                                "num_decay_steps: 1}"}) ==
        "--set: train.scheduler.num_stable_steps: required (number >= 0)");
  CHECK(scheduler("{type: CosineAnnealingWarmupLR, total_iters: 90, warmup_iters: 9}")
            .options.get<CosineWarmupOptions>() ==
        CosineWarmupOptions{.total_iters = 90, .warmup_iters = 9});
}

TEST_CASE("ConstantLR is PyTorch's as soon as one of its arguments is there", "[resolve]") {
  using sr::recipe::ConstantOptions;
  const auto schedule = [](const std::string& more) {
    return load_text(kSmallest, {"train.scheduler={type: ConstantLR" + more + "}"})
        .config.train.scheduler.options;
  };
  CHECK(schedule("").get<ConstantOptions>() == ConstantOptions{});
  CHECK(schedule(", total_iters: 20").get<ConstantOptions>() == ConstantOptions{20, 1.0 / 3});
  CHECK(schedule(", factor: 0.5").get<ConstantOptions>() == ConstantOptions{5, 0.5});
  CHECK(schedule(", factor: 0.5, total_iters: 9").get<ConstantOptions>() ==
        ConstantOptions{9, 0.5});
}

TEST_CASE("optimizers and schedules have the defaults of their sources", "[resolve]") {
  using namespace sr::recipe;
  const auto train = [](const std::string& assignment) {
    return load_text(kSmallest, {"train." + assignment}).config.train;
  };
  CHECK(train("optim_g={type: AdamW}").optim_g == sr::OptimizerConfig{});
  CHECK(train("optim_g={type: adan}").optim_g.options.get<AdanOptions>() ==
        AdanOptions{.betas = {0.98, 0.92, 0.99}});
  CHECK(train("optim_g={type: Adan, betas: [0.9, 0.8, 0.7]}").optim_g.options.get<AdanOptions>() ==
        AdanOptions{.betas = {0.9, 0.8, 0.7}});
  CHECK(train("optim_g={type: NAdam}").optim_g.options.get<NAdamOptions>() ==
        NAdamOptions{.betas = {0.9, 0.999}});
  CHECK(train("optim_g={lr: 1, type: SGD, momentum: 0.9, nesterov: true}")
            .optim_g.options.get<SgdOptions>() == SgdOptions{.momentum = 0.9, .nesterov = true});
  CHECK(train("scheduler={type: MultiStepLR}").scheduler.options.get<MultiStepOptions>() ==
        MultiStepOptions{});
  CHECK(train("scheduler={type: MultiStepRestartLR}")
            .scheduler.options.get<MultiStepRestartOptions>() ==
        MultiStepRestartOptions{});  // gamma 0.1
  CHECK(train("scheduler={type: CosineWarmRestarts, T_0: 5}").scheduler.type ==
        "CosineAnnealingWarmRestarts");
}

TEST_CASE("an optimizer that averages by itself switches EMA and schedule off and says so",
          "[resolve]") {
  const std::string type = "train.optim_g.type=AdamWScheduleFree";
  const sr::LoadedConfig quiet = load_text(kSmallest, {type});
  CHECK(quiet.config.train.ema_decay == 0);
  CHECK(quiet.config.train.scheduler.type == "ConstantLR");
  const sr::LoadedConfig told =
      load_text(kSmallest, {type, "train.ema_decay=0.99", "train.ema_switch_iter=5",
                            "train.scheduler={type: CosineAnnealingLR}"});
  CHECK(told.config.train == quiet.config.train);
  REQUIRE(told.notices.size() == quiet.notices.size() + 2);
  CHECK(told.notices[0] ==
        "train.ema_decay, train.ema_switch_iter: no effect here: AdamWScheduleFree keeps an "
        "average of its own");
  CHECK(told.notices[1] == "train.scheduler: no effect here: AdamWScheduleFree needs no schedule");
  const sr::LoadedConfig again = load_text(sr::resolved_yaml(told.config));
  CHECK(again.config == told.config);
  CHECK(again.notices.size() <= quiet.notices.size());
}

TEST_CASE("losses of weight 0 are left out and old style losses are read", "[resolve]") {
  const sr::LoadedConfig listed = load_text(
      kSmallest,
      {"train.losses=[{type: MSELoss, loss_weight: 0.5}, {type: ganloss, loss_weight: 0}, "
       "{type: l1loss, loss_weight: 0}]"});
  REQUIRE(listed.config.train.losses.size() == 1);
  CHECK(listed.config.train.losses[0].type == "mseloss");
  CHECK(listed.config.train.losses[0].loss_weight == 0.5);
  REQUIRE(listed.notices.size() == 2);
  CHECK(listed.notices[0] ==
        "train.losses.1, train.losses.2: no effect here: its loss_weight is 0");
  const sr::LoadedConfig old =
      load_text(kSmallest, {"train.pixel_opt={type: L1Loss, loss_weight: 2, reduction: mean}"});
  REQUIRE(old.config.train.losses.size() == 1);
  CHECK(old.config.train.losses[0].type == "l1loss");
  CHECK(old.config.train.losses[0].loss_weight == 2);
}

TEST_CASE("every key that begins with val is a validation set in file order", "[resolve]") {
  const std::string set = "{type: singlegtdataset, dataroot_gt: [b, a]}";
  const sr::LoadedConfig loaded = load_text(
      kSmallest, {"datasets.val_1=" + set, "datasets.val=" + set, "datasets.validation=" + set,
                  "datasets.val.lq_size=9", "datasets.val_2="});
  REQUIRE(loaded.config.val_sets.size() == 3);
  CHECK(loaded.config.val_sets[0].key == "val_1");
  CHECK(loaded.config.val_sets[1].key == "val");
  CHECK(loaded.config.val_sets[1].name == "val");
  CHECK(loaded.config.val_sets[2].key == "validation");
  CHECK(loaded.config.val.val_enabled);
  CHECK(loaded.notices == std::vector<std::string>{"datasets.val.lq_size: no effect here: "
                                                   "validation takes whole images, one at a time"});
}

TEST_CASE("validation without a validation set is off and said so", "[resolve]") {
  const sr::LoadedConfig loaded = load_with("val: {val_enabled: true}\n");
  CHECK_FALSE(loaded.config.val.val_enabled);
  CHECK(loaded.notices ==
        std::vector<std::string>{"val.val_enabled: validation is off, there is no datasets.val"});
  CHECK(load_with("val: {val_enabled: false}\n").notices.empty());
}

TEST_CASE("metrics that need a foreign network are skipped with a warning", "[resolve]") {
  const sr::LoadedConfig loaded = load_with(
      "val:\n  metrics:\n    lpips: {type: calculate_lpips, better: lower}\n"
      "    y: {type: Calculate_PSNR, test_y_channel: true}\n    quality: {type: calculate_niqe}\n");
  REQUIRE(loaded.config.val.metrics.size() == 1);
  CHECK(loaded.config.val.metrics[0].key == "y");
  CHECK(loaded.config.val.metrics[0].type == "calculate_psnr");
  CHECK(loaded.config.val.metrics[0].crop_border == 2);
  REQUIRE(loaded.warnings.size() == 2);
  CHECK(loaded.warnings[0] ==
        "val.metrics.lpips: skipped: calculate_lpips needs a file, which `weights` names; "
        "scripts/fetch_weights.py lpips-alex (lpips-vgg, lpips-squeeze) makes it where PyTorch is "
        "installed (docs/validation.md)");
  CHECK(loaded.warnings[1].starts_with("val.metrics.quality: skipped: "));
  CHECK(load_with("val: {metrics_enabled: false}\n").config.val.metrics.empty());
}

TEST_CASE(
    "TOPIQ is skipped until its file is named, and then of whole images, the higher the better",
    "[resolve]") {
  const std::string topiq = "val: {metrics: {topiq: {type: calculate_topiq}, alone: {type: ";
  const sr::LoadedConfig without = load_with(topiq + "calculate_topiq_nr}}}\n");
  CHECK(without.config.val.metrics.empty());
  REQUIRE(without.warnings.size() == 2);
  CHECK(without.warnings[0] ==
        "val.metrics.topiq: skipped: calculate_topiq needs a file, which `weights` names; "
        "scripts/fetch_weights.py topiq makes it where PyTorch is installed (docs/validation.md)");
  CHECK(without.warnings[1].starts_with("val.metrics.alone: skipped: calculate_topiq_nr needs"));
  const sr::LoadedConfig with = load_with(topiq +
                                              "calculate_topiq_nr, crop_border: 4, weights: nr}, "
                                              "psnr: {type: calculate_psnr}}}\n",
                                          {"val.metrics.topiq.weights=fr"});
  const auto& metrics = with.config.val.metrics;
  REQUIRE(metrics.size() == 3);
  CHECK(metrics[0].weights == "fr");
  CHECK(metrics[0].crop_border == 0);
  CHECK(metrics[0].higher_is_better);
  CHECK(metrics[1].crop_border == 4);
  CHECK(metrics[1].higher_is_better);
  CHECK(metrics[2].crop_border == 2);
  CHECK(with.warnings.empty());
}

TEST_CASE("a metric with a file is measured, and lower is better where it is", "[resolve]") {
  const sr::LoadedConfig loaded =
      load_with("val: {metrics: {n: {type: calculate_niqe, weights: niqe.safetensors}}}\n");
  REQUIRE(loaded.config.val.metrics.size() == 1);
  CHECK(loaded.config.val.metrics[0].weights == "niqe.safetensors");
  CHECK_FALSE(loaded.config.val.metrics[0].higher_is_better);
  CHECK(loaded.warnings.empty());
}

TEST_CASE("every file in configs loads and says what it is", "[resolve]") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SR_SOURCE_DIR "/configs")) {
    if (entry.path().extension() != ".yml") {
      continue;
    }
    INFO(entry.path().string());
    const sr::LoadedConfig loaded = sr::load_config(entry.path(), {});
    for (const std::string& warning : loaded.warnings) {
      CHECK_THAT(warning, Catch::Matchers::StartsWith("network_g: in spandrel"));
    }
    CHECK_FALSE(loaded.config.name.empty());
    CHECK_FALSE(loaded.config.val_sets.empty());
    ++count;
  }
  CHECK(count >= 5);
}

TEST_CASE("the resolved configuration as JSON has the sections and types of the YAML",
          "[resolve]") {
  const auto json = sr::resolved_json(load_text(kSmallest).config);
  CHECK(json.at("name") == "run");
  CHECK(json.at("scale") == 2);
  CHECK(json.at("use_amp") == false);
  CHECK(json.at("train").at("optim_g").at("lr") == 2e-4);
  CHECK(json.at("train").at("optim_g").at("betas").size() == 2);
  CHECK(json.at("datasets").at("train").at("dataroot_gt").at(0) == "hr");
}
