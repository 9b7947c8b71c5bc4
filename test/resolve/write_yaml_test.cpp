#include "yaml/write_yaml.h"

#include "arch/catalogue.h"
#include "config/resolved_text.h"
#include "recipe/cosine.h"
#include "recipe/losses.h"
#include "resolve/examples.h"
#include "support/catch.h"

using sr::test::load_text;

TEST_CASE("the resolved file loads again to an equal configuration", "[resolve]") {
  sr::Config config =
      sr::load_config(SR_SOURCE_DIR "/test/resolve/interface_example.yml", {}).config;
  config.name = "a name: with \"quotes\", # and \\ and \xc3\xa9";
  config.manual_seed = 9'000'000'000'000'000'000U;
  config.use_channels_last = sr::Switch::kOn;
  config.cuda_graph = sr::Switch::kOff;
  config.fast_matmul = true;
  config.memory_limit = 1234567;
  config.train_set.dataroot_gt = {"no", "123", "./~", "- x", " padded ", "./a\tb"};
  config.train_set.dataroot_lq = {"null", "1e3", "[x]", "{y}", "on", "x: y"};
  config.train_set.filename_tmpl = "{}x4";
  config.train_set.meta_info = "list.txt";
  config.train_set.num_worker_per_gpu = 3;
  config.train_set.dataset_enlarge_ratio = 0.1;
  config.train_set.cache = {sr::CacheMode::kBytes, (std::int64_t{8} << 30) + 1};
  config.train_set.small_images = sr::SmallImages::kError;
  config.val_sets.push_back(config.val_sets[0]);
  config.val_sets[1].key = "val_1";
  config.val_sets[1].name = "Set5";
  config.network_g = {"superultracompact",
                      sr::arch::CompactOptions{.num_feat = 25,
                                               .num_conv = 9,
                                               .act_type = sr::arch::Activation::kLeakyRelu,
                                               .learn_residual = false}};
  config.path.pretrain_network_g = "weights.safetensors";
  config.path.param_key_g = "params";
  config.path.strict_load_g = false;
  config.path.resume_state = "1.state";
  config.path.experiments_root = "runs";
  config.train.total_iter = 1'000'000'007;
  config.train.lr_scaling = sr::LrScaling::kSqrt;
  config.train.optim_g = {.type = "Adam",
                          .lr = 1.0 / 3.0,
                          .weight_decay = 1e-4,
                          .options = sr::recipe::AdamOptions{.betas = {0.5, 0.25}, .eps = 1e-12}};
  config.train.scheduler = {
      "CosineAnnealingRestartLR",
      sr::recipe::CosineRestartOptions{
          .periods = {1'000'000'000, 7}, .restart_weights = {1, 0.1}, .eta_min = 1e-7}};
  config.train.losses = {{"l1loss", 0.01, false, sr::recipe::L1Options{}},
                         {"charbonnierloss", 2, false, sr::recipe::CharbonnierOptions{1e-6}}};
  config.val.metrics[0].higher_is_better = false;
  config.size_optimizer->target_vram_usage = 0.7;
  INFO(sr::resolved_yaml(config));
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
  config.size_optimizer.reset();
  config.train_set.size_schedule = {{0, 16, 8, 0}, {100, 24, 4, 2}};
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
}

TEST_CASE("every schedule and every cache mode survives the resolved file", "[resolve]") {
  for (const char* scheduler :
       {"{type: MultiStepLR, milestones: [], gamma: 0.1}",
        "{type: CosineAnnealingLR, T_max: 7, eta_min: 0.5}", "{type: ConstantLR}"}) {
    for (const char* cache : {"off", "auto", "8GiB", "123"}) {
      const sr::Config config =
          load_text(sr::test::kSmallest, {std::string("train.scheduler=") + scheduler,
                                          std::string("datasets.train.cache=") + cache})
              .config;
      CHECK(load_text(sr::resolved_yaml(config)).config == config);
    }
  }
}

TEST_CASE("every setting of optimizers and schedules survives the resolved file", "[resolve]") {
  for (const char* assignment :
       {"optim_g={type: Adan, betas: [0.1, 0.2, 0.3], no_prox: true}",
        "optim_g={type: NAdam, momentum_decay: 0.1, decoupled_weight_decay: true}",
        "optim_g={type: SGD, lr: 0.1, momentum: 0.5, dampening: 0.25}",
        "optim_g={type: SGD, lr: 0.1, momentum: 0.5, nesterov: true}",
        "optim_g={type: AdamWScheduleFree, warmup_steps: 7, r: 0.5, weight_lr_power: 1}",
        "optim_g={type: AdanScheduleFree, betas: [0.1, 0.2, 0.3], warmup_steps: 7, r: 0.5}",
        "optim_g={type: StableAdamW, betas: [0.1, 0.2], eps: 1e-6, weight_decouple: false}",
        "optim_g={type: ADOPT, betas: [0.1, 0.2], eps: 1e-4, weight_decouple: true}",
        "optim_g={type: SOAP, betas: [0.1, 0.2], shampoo_beta: 0.9, precondition_frequency: 5, "
        "max_precondition_dim: 64, correct_bias: false}",
        "optim_g={type: Muon, lr: 0.02, momentum: 0.9, nesterov: false, ns_steps: 4, adamw_lr: "
        "1e-3, "
        "adamw_betas: [0.1, 0.2], adamw_wd: 0.1, adamw_eps: 1e-6}",
        "scheduler={type: KneeLR, explore_ratio: 0.25, total_steps: 7}",
        "scheduler={type: CyclicLR, base_lr: 0.1, max_lr: 0.2, step_size_up: 3, step_size_down: 4, "
        "mode: exp_range, gamma: 0.9}",
        "scheduler={type: MultiStepRestartLR, restarts: [0, 5], restart_weights: [1, 2]}",
        "scheduler={type: CosineAnnealingWarmRestarts, T_0: 5, T_mult: 2, eta_min: 1e-7}",
        "scheduler={type: PolynomialLR, total_iters: 5, power: 2}",
        "scheduler={type: LinearLR, start_factor: 0.1, end_factor: 0.2}",
        "scheduler={type: WarmupStableDecay, decay_iter: 5}",
        "scheduler={type: StepLR, step_size: 5}", "scheduler={type: ExponentialLR, gamma: 0.9}",
        // NOLINTNEXTLINE(bugprone-suspicious-missing-comma)
        "scheduler={type: OneCycleLR, max_lr: 1, pct_start: 0.1, anneal_strategy: linear, "
        "div_factor: 2, final_div_factor: 3, three_phase: true, total_steps: 200}"}) {
    INFO(assignment);
    const sr::Config config =
        load_text(sr::test::kSmallest, {std::string("train.") + assignment}).config;
    CHECK(load_text(sr::resolved_yaml(config)).config == config);
  }
}

TEST_CASE("the resolved file of a run without metrics does not bring the default ones back",
          "[resolve]") {
  const sr::Config config = sr::test::load_with("val: {metrics_enabled: false}\n").config;
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
}

TEST_CASE("a resolved file says nothing that the first reading did not say", "[resolve]") {
  const sr::Config config =
      sr::load_config(SR_SOURCE_DIR "/test/resolve/interface_example.yml", {}).config;
  CHECK(load_text(sr::resolved_yaml(config)).notices.empty());
}

TEST_CASE("a data set without LQ folders loads again from its resolved file", "[resolve]") {
  const sr::Config config =
      load_text(
          "name: run\nscale: 2\ndatasets:\n  train: {type: singlegtdataset, dataroot_gt: hr}\n"
          "network_g: {type: compact}\ntrain: {total_iter: 100}\n")
          .config;
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
}
