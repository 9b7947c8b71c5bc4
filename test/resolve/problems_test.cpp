#include "arch/catalogue.h"
#include "resolve/examples.h"
#include "support/catch.h"

using sr::test::kSmallest;
using sr::test::problems_of;
using sr::test::problems_with;

namespace {

std::string with(const std::string& assignment) {
  return problems_of(kSmallest, {assignment});
}

}  // namespace

TEST_CASE("all problems are told at once in the order of the file", "[resolve]") {
  const std::string text =
      "name: run\n"
      "scale: 5\n"
      "naem: other\n"
      "datasets:\n"
      "  train:\n"
      "    type: pairedimagedataset\n"
      "    dataroot_gt: hr\n"
      "    dataroot_lq: [a, b]\n"
      "    use_hflip: maybe\n"
      "network_g: {type: compact, num_feats: 24}\n"
      "train:\n"
      "  total_iter: -3\n"
      "  optim_g: {lr: fast}\n";
  CHECK(
      problems_of(text, {"train.warmup_iter=x"}) ==
      "x.yml:2: scale: expected one of 1, 2, 3, 4, 8, got '5'\n"
      "x.yml:3: naem: unknown key; nearest: name\n"
      "x.yml:8: datasets.train.dataroot_lq: expected 1 as in dataroot_gt, one LQ folder for each, "
      "got 2\n"
      "x.yml:9: datasets.train.use_hflip: expected true or false, got 'maybe'\n"
      "x.yml:10: network_g.num_feats: unknown key; nearest: network_g.num_feat\n"
      "x.yml:12: train.total_iter: expected integer >= 1, got '-3'\n"
      "x.yml:13: train.optim_g.lr: expected number > 0, got 'fast'\n"
      "--set: train.warmup_iter: expected number >= -1, got 'x'");
}

TEST_CASE("each missing required setting is named", "[resolve]") {
  CHECK(problems_of("scale: ~\nval: {}\n") ==
        "x.yml:1: name: required (text that can name a folder)\n"
        "x.yml:1: scale: required (one of 1, 2, 3, 4, 8)\n"
        "x.yml:1: train.total_iter: required (integer >= 1)\n"
        "x.yml:1: datasets.train.type: required (one of pairedimagedataset, singlegtdataset, "
        "pairedvideodataset, singlevideodataset, realesrgandataset, realesrganpaireddataset)\n"
        "x.yml:1: network_g.type: required (one of compact, ultracompact, superultracompact, "
        "srvggnetcompact, esrgan and " +
            std::to_string(sr::arch::architectures().size() - 5) +
            " more in docs/configuration.md)");
  CHECK(
      with("datasets.train.dataroot_lq=") ==
      "--set: datasets.train.dataroot_lq: required (text or list of texts); singlegtdataset makes "
      "LQ from GT");
}

TEST_CASE("a file of another program is told as such, without all that it lacks", "[resolve]") {
  CHECK(
      problems_of("version: '3'\nservices:\n  web: {image: nginx}\nnetworks: {a: {}}\n") ==
      "x.yml: looks like no training configuration: it has none of the keys datasets, network_g, "
      "train, val, path, logger, scale; `sr-train init FOLDER` writes one for a folder of images");
  CHECK(problems_of("scales: 2\ntrain: {}\n").find("looks like") == std::string::npos);
}

TEST_CASE("a key given twice is a problem even with the same value", "[resolve]") {
  CHECK(problems_with("train:\n  total_iter: 3\n") ==
        "x.yml:11: train: given twice, first in line 9");
  CHECK(problems_with("val:\n  save_img: true\n  save_img: true\n") ==
        "x.yml:13: val.save_img: given twice, first in line 12");
}

TEST_CASE("a key of another program is shown with the name it has here", "[resolve]") {
  CHECK(with("datasets.train.batch_size=2") ==
        "--set: datasets.train.batch_size: unknown key; here it is batch_size_per_gpu");
  const std::pair<const char*, const char*> names[] = {
      {"datasets.train.num_workers=4", "num_worker_per_gpu"},
      {"datasets.train.patch_size=64", "lq_size"},
      {"datasets.train.dataroot_HR=a", "dataroot_gt"},
      {"datasets.train.hflip=true", "use_hflip"},
      {"datasets.train.gradient_accumulation_steps=2", "accum_iter"},
      {"train.niter=100", "total_iter"},
      {"train.epochs=10", "total_iter, in steps"},
      {"train.lr=1e-3", "optim_g.lr"},
      {"train.optim_g.learning_rate=1e-3", "lr"},
      {"train.loss=l1", "losses"},
      {"val.val_interval=10", "val_freq"},
      {"logger.save_freq=10", "save_checkpoint_freq"},
      {"path.pretrained=a.pth", "pretrain_network_g"},
      {"upscale=2", "scale"},
      {"batch_size=4", "datasets.train.batch_size_per_gpu"},
      {"seed=1", "manual_seed"},
      {"amp=true", "use_amp"}};
  for (const auto& [assignment, name] : names) {
    INFO(assignment);
    CHECK(with(assignment).ends_with(std::string(": unknown key; here it is ") + name));
  }
}

TEST_CASE("an unknown key is shown with what was probably meant", "[resolve]") {
  CHECK(with("train.totl_iter=3").ends_with("unknown key; nearest: train.total_iter"));
  CHECK(with("logger.print_frequency=3").ends_with("unknown key; nearest: logger.print_freq"));
  CHECK(with("use_moa=true").ends_with("it belongs elsewhere: train.use_moa"));
  CHECK(with("losses=[]").ends_with("it belongs elsewhere: train.losses"));
  CHECK(with("train.memory_limit=1GiB")
            .ends_with("it belongs elsewhere: memory_limit at the top level"));
  CHECK(with("logger.qqqqqqqqqqqq=1")
            .ends_with("unknown key; known here: print_freq, save_checkpoint_freq, "
                       "save_checkpoint_format, keep_checkpoints, use_tb_logger"));
  CHECK(with("val.total_iter=3").ends_with("it belongs elsewhere: train.total_iter"));
  CHECK(with("datasets.test.type=x")
            .ends_with("datasets.test: unknown data set; known: train, and val, val_1, val_2 ..."));
}

TEST_CASE("settings of a set that are indented too little are told as such", "[resolve]") {
  CHECK_THAT(problems_of("name: x\nscale: 2\ndatasets:\n  train:\n  dataroot_gt: hr\n"
                         "network_g: {type: compact}\ntrain: {total_iter: 1}\n"),
             Catch::Contains("x.yml:5: datasets.dataroot_gt: belongs to a data set: indent it"));
}

TEST_CASE("unknown type names are shown with the nearest or all known ones", "[resolve]") {
  CHECK(with("network_g.type=compakt") ==
        "--set: network_g.type: unknown network 'compakt'; nearest: compact");
  CHECK(with("train.losses=[{type: zzz}]")
            .starts_with("--set: train.losses.0.type: unknown loss 'zzz'; known: l1loss, mseloss, "
                         "charbonnierloss, mssimloss, "));
  CHECK(with("train.optim_g.type=[Adam]") ==
        "--set: train.optim_g.type: expected the name of the optimizer, got a list");
  CHECK(with("val.metrics.p={type: calculate_psn}").ends_with("nearest: calculate_psnr"));
  CHECK(with("val.metrics.p={type: PSNR}").ends_with("nearest: calculate_psnr"));
  CHECK(with("train.losses=[{type: L1}]").ends_with("nearest: l1loss"));
  CHECK(with("train.losses=[{type: charbonier}]").ends_with("nearest: charbonnierloss"));
}

TEST_CASE("values of the wrong kind or outside their range are refused with the legal ones",
          "[resolve]") {
  struct Case {
    const char* assignment;
    const char* message;
  };
  const Case cases[] = {
      {"name=a/b", "name: expected text that can name a folder, got 'a/b'"},
      {"name=..", "name: expected text that can name a folder, got '..'"},
      {"name=[a]", "name: expected text that can name a folder, got a list"},
      {"scale=2.5", "scale: expected one of 1, 2, 3, 4, 8, got '2.5'"},
      {"manual_seed=-1", "manual_seed: expected integer >= 0, got '-1'"},
      {"use_amp=1", "use_amp: expected true or false, got '1'"},
      {"use_amp='true'", "use_amp: expected true or false, got the text 'true' (in quotes)"},
      {"memory_limit=12GB",
       "memory_limit: expected bytes (KiB, MiB, GiB) or ~ >= 1MiB, got '12GB'"},
      {"memory_limit=1KiB",
       "memory_limit: expected bytes (KiB, MiB, GiB) or ~ >= 1MiB, got '1KiB'"},
      {"use_channels_last=maybe",
       "use_channels_last: expected one of auto, true, false, got 'maybe'"},
      {"train.total_iter=1.5", "train.total_iter: expected integer >= 1, got '1.5'"},
      {"train.total_iter='5'",
       "train.total_iter: expected integer >= 1, got the text '5' (in quotes)"},
      {"train.total_iter=1e30", "train.total_iter: expected integer >= 1, got '1e30'"},
      {"train.total_iter=020", "train.total_iter: expected integer >= 1, got '020'"},
      {"train.optim_g.lr=010", "train.optim_g.lr: expected number > 0, got '010'"},
      {"train.ema_decay=1", "train.ema_decay: expected number 0 <= x < 1, got '1'"},
      {"train.ema_decay=.nan", "train.ema_decay: expected number 0 <= x < 1, got '.nan'"},
      {"train.optim_g.lr=0", "train.optim_g.lr: expected number > 0, got '0'"},
      {"train.optim_g.betas=[0.9]",
       "train.optim_g.betas: expected list of 2 numbers 0 <= x < 1, got a list"},
      {"train.optim_g=5", "train.optim_g: expected a section of settings, got '5'"},
      {"train.scheduler.milestones=[1, x]",
       "train.scheduler.milestones: expected list of numbers >= 0, got a list"},
      {"train.scheduler.eta_min=0.1",
       "train.scheduler.eta_min: only with type CosineAnnealingLR, CosineAnnealingRestartLR, "
       "CosineAnnealingWarmRestarts, WarmupStableDecay"},
      {"train.optim_g={type: Adan, betas: [0.9, 0.99]}",
       "train.optim_g.betas: expected list of 3 numbers 0 <= x < 1, got a list"},
      {"train.optim_g={type: SGD, lr: 1, betas: [0.9, 0.99]}",
       "train.optim_g.betas: only with type AdamW, Adam, NAdam, Adan, AdamWScheduleFree, "
       "AdanScheduleFree, StableAdamW, ADOPT, SOAP"},
      {"train.optim_g={type: SGD}", "train.optim_g.lr: required with SGD (number > 0)"},
      {"train.optim_g={type: Muon}", "train.optim_g.lr: required with Muon (number > 0)"},
      {"train.optim_g={type: SGD, lr: 1, nesterov: true}",
       "train.optim_g.nesterov: needs a momentum above 0 and no dampening"},
      {"train.optim_g.momentum=0.9", "train.optim_g.momentum: only with type SGD, Muon"},
      {"train.optim_g.warmup_steps=9",
       "train.optim_g.warmup_steps: only with type AdamWScheduleFree, AdanScheduleFree"},
      {"train.scheduler={type: ExponentialLR}", "train.scheduler.gamma: required (number > 0)"},
      {"train.scheduler={type: StepLR}", "train.scheduler.step_size: required (number > 0)"},
      {"train.scheduler={type: CosineAnnealingWarmRestarts}",
       "train.scheduler.T_0: required (number > 0)"},
      {"train.scheduler={type: WarmupStableDecay, decay_iter: 101}",
       "train.scheduler.decay_iter: expected at most total_iter (100), got 101"},
      {"train.scheduler={type: OneCycleLR, total_steps: 99}",
       "train.scheduler.total_steps: expected at least total_iter (100), got 99"},
      {"train.scheduler.milestones=[1, 2.5]",
       "train.scheduler.milestones: expected whole numbers, got 2.5; only schedule_by: hours "
       "counts "
       "in fractions"},
      {"train.scheduler={type: OneCycleLR, anneal_strategy: cubic}",
       "train.scheduler.anneal_strategy: expected one of cos, linear, got 'cubic'"},
      {"train.scheduler={type: MultiStepRestartLR, restarts: [0, 9, 5]}",
       "train.scheduler.restarts: expected ascending steps"},
      {"train.scheduler={type: MultiStepRestartLR, restarts: [0, 9], restart_weights: [1]}",
       "train.scheduler.restart_weights: expected 2 numbers, one for each restart, got 1"},
      {"train.losses={type: l1loss}",
       "train.losses: expected a list of {type, loss_weight}, got a section"},
      {"train.losses=[{type: l1loss, eps: 1}]",
       "train.losses.0.eps: only with type charbonnierloss, bcewithlogitsdiceloss"},
      {"train.losses=[{type: l1loss, loss_weight: 0}]",
       "train.losses: no loss with a weight above 0"},
      {"datasets.train.lq_size=0", "datasets.train.lq_size: expected integer 1 to 8192, got '0'"},
      {"datasets.train.gt_size=33",
       "datasets.train.gt_size: expected a multiple of scale (2) from 2 to 16384, got '33'"},
      {"datasets.train.filename_tmpl=x4",
       "datasets.train.filename_tmpl: expected text with {}, got 'x4'"},
      {"datasets.train.cache=much",
       "datasets.train.cache: expected off, auto or bytes (KiB, MiB, GiB), got 'much'"},
      {"datasets.train.num_worker_per_gpu=many",
       "datasets.train.num_worker_per_gpu: expected auto or integer 0 to 1024, got 'many'"},
      {"datasets.train.dataroot_gt=[]",
       "datasets.train.dataroot_gt: expected text or list of texts, got an empty list"},
      {"datasets.train.size_schedule=[{step: 1, lq_size: 8}]",
       "datasets.train.size_schedule.0.batch_size: required (integer 1 to 65536)"},
      {"network_g.upscale=4", "network_g.upscale: must equal the top-level scale (2), got '4'"},
      {"network_g.num_in_ch=1", "network_g.num_in_ch: expected integer 3 to 297, got '1'"},
      {"network_g.act_type=gelu",
       "network_g.act_type: expected one of prelu, relu, leakyrelu, got 'gelu'"},
      {"val.metrics.p.type=",
       "val.metrics.p.type: required (one of calculate_psnr, calculate_ssim, calculate_niqe, "
       "calculate_lpips, calculate_dists, calculate_topiq, calculate_topiq_nr)"},
      {"val.metrics_enabled=3", "val.metrics_enabled: expected true or false, got '3'"},
      {"training_automations=[]",
       "training_automations: expected a section of settings, got an empty list"},
      {"training_automations.enabled=3",
       "training_automations.enabled: expected true or false, got '3'"},
  };
  for (const Case& one : cases) {
    INFO(one.assignment);
    CHECK(with(one.assignment) == "--set: " + std::string(one.message));
  }
}

TEST_CASE("clips need a video set, a middle frame and a network that takes them", "[resolve]") {
  const std::vector<std::string> good{"datasets.train.type=PairedVideoDataset",
                                      "datasets.train.clip_size=5", "network_g.num_in_ch=15"};
  const auto also = [&](const std::string& assignment) {
    std::vector<std::string> overrides = good;
    overrides.push_back(assignment);
    return problems_of(kSmallest, overrides);
  };
  CHECK(problems_of(kSmallest, good).empty());
  CHECK(also("network_g.num_in_ch=3") ==
        "--set: network_g.num_in_ch: expected 15, 3 x datasets.train.clip_size (5), got 3");
  CHECK(with("network_g.num_in_ch=9") ==
        "--set: network_g.num_in_ch: expected 3, 3 x datasets.train.clip_size (1), got 9");
  CHECK(also("network_g={type: tspanv2}").empty());
  CHECK(also("network_g={type: TemporalSPAN, num_frames: 7}") ==
        "--set: network_g.num_frames: expected 5 as datasets.train.clip_size, got 7");
  CHECK(
      problems_of(kSmallest, {"network_g={type: temporalspanv2}", "datasets.train.clip_size=1"}) ==
      "--set: network_g.num_frames: expected 1 as datasets.train.clip_size, got 5");
  // Not given, it is the network's.
  CHECK(with("network_g={type: temporalspanv2}")
            .find("clips of 5 frames need pairedvideodataset or singlevideodataset, "
                  "datasets.train.type is pairedimagedataset") != std::string::npos);
  CHECK(also("datasets.train.type=pairedimagedataset") ==
        "--set: datasets.train.clip_size: clips of 5 frames need pairedvideodataset or "
        "singlevideodataset, datasets.train.type is pairedimagedataset");
  CHECK(also("datasets.train.clip_size=4")
            .starts_with("--set: datasets.train.clip_size: expected an odd number, so that there "
                         "is a middle frame, "
                         "got 4"));
  const std::string val = "datasets.val={type: singlevideodataset, dataroot_gt: v";
  CHECK(also(val + "}").empty());
  CHECK(also(val + ", clip_size: 5}").empty());
  CHECK(also(val + ", clip_size: 3}") ==
        "--set: datasets.val.clip_size: expected 5 as in datasets.train, got 3");
  CHECK(also("datasets.val={type: singlegtdataset, dataroot_gt: v}")
            .ends_with("datasets.val.type is singlegtdataset"));
  CHECK(also("datasets.train.meta_info=list.txt") ==
        "--set: datasets.train.meta_info: it names images; a pairedvideodataset takes every scene "
        "of its folders");
  CHECK(also("datasets.train.dataroot_lq=")
            .ends_with("required (text or list of texts); singlevideodataset makes LQ from GT"));
}

TEST_CASE("settings that contradict each other are named together", "[resolve]") {
  CHECK(problems_of(kSmallest, {"datasets.train.lq_size=8", "datasets.train.gt_size=16"}) ==
        "--set: datasets.train.gt_size: given as well as lq_size; give one of them");
  CHECK(problems_of(kSmallest, {"val.tile_size=8"}) ==
        "--set: val.tile_overlap: expected less than tile_size (8), got 8");
  CHECK(with("train.scheduler={type: CosineAnnealingRestartLR, periods: [50, 49]}") ==
        "--set: train.scheduler.periods: together 99, expected at least total_iter (100)");
  CHECK(with("train.scheduler={type: CosineAnnealingRestartLR, periods: [100], restart_weights: "
             "[1, 1]}") ==
        "--set: train.scheduler.restart_weights: expected 1 numbers, one for each period, got 2");
  CHECK(
      problems_of(kSmallest, {"train.losses=[{type: l1loss}]", "train.pixel_opt={type: L1Loss}"}) ==
      "--set: train.pixel_opt: given as well as losses; put it into that list");
  CHECK(
      with("datasets.train.size_schedule=[{step: 5, lq_size: 8, batch_size: 2}, {step: 4, "
           "lq_size: 8, batch_size: 2, micro_batch: 3}]") ==
      "--set: datasets.train.size_schedule.1.step: expected at least 5 as in the entry before, got "
      "4\n"
      "--set: datasets.train.size_schedule.1.micro_batch: expected at most batch_size (2), got 3");
}

TEST_CASE("the size optimizer refuses bounds that its first sizes are outside of", "[resolve]") {
  const std::string block = "training_automations.DynamicBatchSizeOptimizer";
  CHECK(with(block + ".min_lq_size=64") ==
        "x.yml:4: datasets.train.lq_size: lq_size 32 is outside " + block +
            ".min_lq_size to max_lq_size (64 to 256)");
  CHECK(problems_of(kSmallest, {"datasets.train.gt_size=16", block + ".enabled=true"}) ==
        "--set: datasets.train.gt_size: lq_size 8 is outside " + block +
            ".min_lq_size to max_lq_size (32 to 256)");
  CHECK(with(block + ".max_batch_size=4") ==
        "x.yml:4: datasets.train.batch_size_per_gpu: batch_size 8 is outside " + block +
            ".min_batch_size to max_batch_size (2 to 4)");
  CHECK(with(block + "={min_batch_size: 9, max_batch_size: 8}") ==
        "--set: " + block + ".min_batch_size: 9 is more than max_batch_size (8)");
  CHECK(with(block + "={target_vram_usage: 0.97, safety_margin: 0.1}") ==
        "--set: " + block +
            ".safety_margin: target +- margin must lie between 0 and 1, got 0.97 +- 0.1");
}

TEST_CASE("a second automations block or a second optimizer is a problem", "[resolve]") {
  CHECK(problems_of(kSmallest, {"training_automations.enabled=true",
                                "train.training_automations.enabled=true"})
            .starts_with("--set: train.training_automations: given at the top level as well"));
  CHECK(with("training_automations={DynamicBatchSizeOptimizer: {}, dynamic_batch_size_optimizer: "
             "{}}") ==
        "--set: training_automations.dynamic_batch_size_optimizer: given as well as "
        "DynamicBatchSizeOptimizer; give one of them");
  CHECK(problems_of(kSmallest,
                    {"training_automations.DynamicBatchSizeOptimizer.enabled=true",
                     "datasets.train.size_schedule=[{step: 1, lq_size: 40, batch_size: 2}]"}) ==
        "--set: datasets.train.size_schedule: excludes the size optimizer in training_automations; "
        "give one of them");
}

TEST_CASE("what is not built is refused with the nearest substitute", "[resolve]") {
  for (const char* assignment :
       {"network_g={type: SRFormerV2}", "network_d={type: ea2fpn}", "train.optim_g.type=Lamb",
        "train.optim_g.type=SOAP_SF", "train.optim_g={type: Adan, max_grad_norm: 1}",
        "train.scheduler={type: SequentialLR, milestones: [1]}",
        "train.scheduler={type: OneCycleLR, cycle_momentum: true}",
        "train.losses=[{type: MSSSIMLoss}]", "train.losses=[{type: l1loss, reduction: sum}]",
        "train.perceptual_opt={type: TOPIQLoss}", "datasets.train.type=REDSDataset",
        "datasets.train.io_backend={type: lmdb}", "gt_usm=true",
        "train.dynamic_loss_scheduling={enabled: true}"}) {
    INFO(assignment);
    const std::string message = with(assignment);
    INFO(message);
    CHECK(message.find("not available") != std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
  }
}

TEST_CASE("weights of roots need one number for each root of an image set", "[resolve]") {
  CHECK(
      problems_of(kSmallest, {"datasets.train.dataroot_weights=[2, 1]"}) ==
      "--set: datasets.train.dataroot_weights: expected 1 as in dataroot_gt, one number for each, "
      "got 2");
  CHECK(problems_of(kSmallest, {"datasets.train.dataroot_weights=[3]"}).empty());
  CHECK(problems_of(kSmallest, {"datasets.train.dataroot_weights=[0]"}).find("dataroot_weights") !=
        std::string::npos);
}

TEST_CASE("automations whose settings contradict each other are refused", "[resolve]") {
  const std::string stop = "training_automations:\n  IntelligentEarlyStopping: {monitor_metric: ";
  CHECK(problems_with(stop + "val/psnr}\n").find("needs a validation set") != std::string::npos);
  std::string with_set = kSmallest;
  with_set.insert(with_set.find("network_g"),
                  "  val: {type: pairedimagedataset, dataroot_gt: a, dataroot_lq: b}\n");
  CHECK(problems_of(with_set + stop + "val/psnr}\n").empty());
  CHECK(problems_of(with_set + stop + "val/lpips}\n")
            .find("no such metric: val/lpips; known: val/psnr, val/ssim") != std::string::npos);
  CHECK(problems_with("training_automations:\n  AdaptiveGradientClipping: {min_threshold: 11}\n")
            .find("min_threshold: 11 is more than max_threshold (10)") != std::string::npos);
  CHECK(problems_with("training_automations:\n  AdaptiveGradientClipping: {}\n"
                      "  adaptive_gradient_clipping: {}\n")
            .find("adaptive_gradient_clipping") != std::string::npos);
}

TEST_CASE("values that ask for nothing make unavailable keys legal", "[resolve]") {
  for (const char* assignment :
       {"network_d=", "train.use_moa=false", "train.ema_switch_iter=0", "datasets.train.mean=~",
        "datasets.train.io_backend={type: disk}", "train.dynamic_loss_scheduling={enabled: false}",
        "train.gan_opt={type: GANLoss, loss_weight: 0}", "input_pixel_format=rgb", "gt_usm=False",
        "train.optim_g.amsgrad=false", "datasets.train.clip_size=1", "cuda_graph=off"}) {
    INFO(assignment);
    std::vector<std::string> overrides{assignment};
    if (overrides[0].starts_with("train.gan_opt")) {
      overrides.emplace_back("train.pixel_opt={type: L1Loss}");
    }
    CHECK(problems_of(kSmallest, overrides).empty());
  }
}
