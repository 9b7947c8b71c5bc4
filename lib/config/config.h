#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arch/network_options.h"
#include "automation/options.h"
#include "core/catalogue.h"
#include "recipe/adam.h"
#include "recipe/batch_mix.h"
#include "recipe/degradation.h"
#include "recipe/gradient_clipping.h"
#include "recipe/multi_step.h"

// The whole configuration of a run as plain structs, one per YAML section. Defaults here are the
// defaults that docs/configuration.md shows; names are the YAML's. After loading, every value is
// checked and in range: nobody below `config` sees YAML or a command line.

namespace sr {

/// A number the user gave, or "auto".
template <typename T>
using Auto = std::optional<T>;  ///< empty = auto

enum class Switch { kAuto, kOn, kOff };

enum class Recompute : std::uint8_t { kOff, kAuto, kOn };
enum class SmallImages { kPad, kError };
enum class CacheMode { kOff, kAuto, kBytes };

struct CacheSetting {
  CacheMode mode = CacheMode::kAuto;
  std::int64_t bytes = 0;  ///< with kBytes
  friend bool operator==(const CacheSetting&, const CacheSetting&) = default;
};

/// One entry of size_schedule: in force from the step after `step`.
struct ScheduledSize {
  std::int64_t step = 0;
  int lq_size = 0;
  int batch_size = 0;
  int micro_batch = 0;     ///< 0 = whole batch at once
  bool recompute = false;  ///< blocks are computed twice
  friend bool operator==(const ScheduledSize&, const ScheduledSize&) = default;
};

struct DatasetConfig {
  std::string key;   ///< "train", "val", "val_1" ...: its name in the YAML
  std::string name;  ///< shown in events; defaults to key
  /// lower case: pairedimagedataset, singlegtdataset, realesrgandataset, realesrganpaireddataset,
  /// pairedvideodataset, singlevideodataset
  std::string type;
  std::vector<std::string> dataroot_gt;
  std::vector<std::string> dataroot_lq;
  std::vector<double> dataroot_weights;  ///< training: share of each root in a pass; empty: by size
  std::string filename_tmpl = "{}";      ///< LQ stem from the GT stem
  std::optional<std::string> meta_info;
  int clip_size = 1;  ///< frames of a sample, odd; the same in all sets

  // training only
  int lq_size = 32;  ///< resolved from lq_size or gt_size / scale
  int batch_size_per_gpu = 8;
  int accum_iter = 1;
  bool use_hflip = true;
  bool use_rot = true;
  Auto<int> num_worker_per_gpu;
  Auto<double> dataset_enlarge_ratio;
  CacheSetting cache;
  int crops_per_decode = 1;
  SmallImages small_images = SmallImages::kPad;
  std::vector<ScheduledSize> size_schedule;
  ResizeMode lq_resize_mode = ResizeMode::kBicubic;  ///< where LQ is made by one resize of GT
  DegradationConfig degradation;                     ///< with is_degraded()

  /// LQ is made by degradation, anew for every sample, or for some of them (degrades_pairs()).
  bool is_degraded() const { return type == "realesrgandataset" || degrades_pairs(); }
  /// LQ is made for some samples, and for the others comes from a file (dataroot_lq_prob).
  bool degrades_pairs() const { return type == "realesrganpaireddataset"; }
  bool is_video() const { return type == "pairedvideodataset" || type == "singlevideodataset"; }
  /// LQ has files of its own; else it is made from GT.
  bool has_lq() const {
    return type == "pairedimagedataset" || type == "pairedvideodataset" || degrades_pairs();
  }
  friend bool operator==(const DatasetConfig&, const DatasetConfig&) = default;
};

struct NetworkConfig {
  std::string type;  ///< lower case, a row of arch::architectures()
  arch::NetworkOptions options;
  friend bool operator==(const NetworkConfig&, const NetworkConfig&) = default;
};

struct DiscriminatorConfig {
  std::string type;    ///< lower case, a row of arch::kDiscriminators
  AnyOptions options;  ///< those of the row
  friend bool operator==(const DiscriminatorConfig&, const DiscriminatorConfig&) = default;
};

struct PathConfig {
  std::optional<std::string> pretrain_network_g;
  std::optional<std::string> param_key_g;
  bool strict_load_g = true;
  std::optional<std::string> pretrain_network_g_teacher;  ///< set when there is a teacher
  std::optional<std::string> pretrain_network_d;
  std::optional<std::string> param_key_d;
  bool strict_load_d = true;
  std::optional<std::string> resume_state;
  std::string experiments_root = "experiments";
  friend bool operator==(const PathConfig&, const PathConfig&) = default;
};

struct OptimizerConfig {
  std::string type = "AdamW";  ///< a row of recipe::kOptimizers
  double lr = 2e-4;
  double weight_decay = 0;
  AnyOptions options = recipe::AdamWOptions{};  ///< those of the row

  /// The optimizer averages the weights itself, which takes the place of EMA and schedule.
  bool keeps_own_average() const { return type.ends_with("ScheduleFree"); }
  friend bool operator==(const OptimizerConfig&, const OptimizerConfig&) = default;
};

struct SchedulerConfig {
  std::string type = "MultiStepLR";                 ///< a row of recipe::kSchedules
  AnyOptions options = recipe::MultiStepOptions{};  ///< those of the row
  friend bool operator==(const SchedulerConfig&, const SchedulerConfig&) = default;
};

/// One entry of train.losses.
struct LossConfig {
  std::string type;  ///< lower case, a row of recipe::kLosses
  double loss_weight = 1.0;
  bool gt_usm = false;   ///< what it compares with is sharpened GT
  AnyOptions options{};  ///< those of the row
  friend bool operator==(const LossConfig&, const LossConfig&) = default;
};

enum class LrScaling { kNone, kSqrt, kLinear };

/// What lengths of the schedule are: optimizer steps, samples, GT pixels, or hours of training.
enum class ScheduleUnit { kSteps, kSamples, kPixels, kHours };

/// One entry of clock_schedule: in force from the step after `step`.
struct ClockReading {
  std::int64_t step = 0;
  int permille = 0;  ///< of max_hours
  friend bool operator==(const ClockReading&, const ClockReading&) = default;
};

/// What is mixed with the teacher's images: the network's input and GT, or GT alone.
enum class EcoMode { kFull, kHrOnly };

/// train.eco; the formula is in train/teacher.h.
struct EcoConfig {
  bool enabled = false;
  double end_ratio = 0.75;  ///< of total_iter, in (0, 1]
  EcoMode mode = EcoMode::kFull;
  friend bool operator==(const EcoConfig&, const EcoConfig&) = default;
};

struct TrainConfig {
  // The run ends with the first of these; 0 = none of the kind. That of schedule_by is there.
  std::int64_t total_iter = 0;
  std::int64_t total_samples = 0;
  double total_pixels = 0;  ///< of GT
  double max_hours = 0;
  ScheduleUnit schedule_by = ScheduleUnit::kSteps;
  std::vector<ClockReading> clock_schedule;  ///< instead of a clock, with kHours
  double warmup_iter = -1;                   ///< in units of schedule_by
  double ema_decay = 0.999;
  double ema_power = 0.75;
  std::int64_t ema_update_after = 0;
  std::int64_t ema_switch_iter = 0;   ///< the weights become their average so often; 0 = never
  double ema_decay_d = 0;             ///< of the discriminator; 0 = off
  std::int64_t net_d_iters = 1;       ///< the generator is trained in every n-th step
  std::int64_t net_d_init_iters = 0;  ///< and not in the first ones
  bool adaptive_d = false;            ///< train/discriminator_pause.h
  double adaptive_d_ema_decay = 0.999;
  double adaptive_d_threshold = 1.02;
  LrScaling lr_scaling = LrScaling::kNone;
  /// Blocks computed twice; when use_checkpoint of the network is set, this is on or off.
  Recompute recompute = Recompute::kAuto;
  bool grad_clip = false;
  double grad_clip_max_norm = 100;
  OptimizerConfig optim_g;
  std::optional<OptimizerConfig> optim_d;  ///< set when there is a network_d
  SchedulerConfig scheduler;
  std::vector<LossConfig> losses;
  EcoConfig eco;  ///< enabled with a teacher alone
  BatchMixOptions batch_mix;
  friend bool operator==(const TrainConfig&, const TrainConfig&) = default;
};

struct MetricConfig {
  std::string key;   ///< its name in the YAML: psnr, ssim
  std::string type;  ///< lower case: calculate_psnr, calculate_ssim ...
  int crop_border = 0;
  bool test_y_channel = false;
  bool higher_is_better = true;
  std::string weights{};     ///< file of a metric that reads one (metrics_with_weights())
  std::string net = "alex";  ///< of calculate_lpips: alex, vgg, squeeze
  friend bool operator==(const MetricConfig&, const MetricConfig&) = default;
};

struct ValConfig {
  bool val_enabled = true;
  std::int64_t val_freq = 1000;
  bool save_img = true;
  int keep_images = 0;  ///< newest validations whose pictures stay; 0 = all
  int tile_size = 0;    ///< LQ pixels; 0 = whole images
  int tile_overlap = 8;
  std::vector<MetricConfig> metrics;  ///< in file order
  /// Key of the metric that says which weights are best; empty without metrics.
  std::string best_by;
  friend bool operator==(const ValConfig&, const ValConfig&) = default;
};

enum class CheckpointFormat { kSafetensors, kPth };

struct LoggerConfig {
  std::int64_t print_freq = 100;
  std::int64_t save_checkpoint_freq = 1000;
  CheckpointFormat save_checkpoint_format = CheckpointFormat::kSafetensors;
  int keep_checkpoints = 5;
  bool use_tb_logger = true;
  friend bool operator==(const LoggerConfig&, const LoggerConfig&) = default;
};

struct Config {
  std::string name;
  int scale = 0;
  std::uint64_t manual_seed = 0;  ///< drawn when the file has none; the resolved file shows it
  bool deterministic = false;
  bool use_amp = false;
  bool amp_bf16 = false;
  bool fast_matmul = false;
  Switch use_channels_last = Switch::kAuto;
  Switch cuda_graph = Switch::kAuto;
  std::optional<std::int64_t> memory_limit;  ///< bytes
  DatasetConfig train_set;
  std::vector<DatasetConfig> val_sets;  ///< in file order
  NetworkConfig network_g;
  std::optional<NetworkConfig> network_g_teacher;  ///< whose images are learned from
  std::optional<DiscriminatorConfig> network_d;    ///< empty = training without a discriminator
  PathConfig path;
  TrainConfig train;
  ValConfig val;
  LoggerConfig logger;
  // training_automations; empty = not enabled
  std::optional<SizeOptimizerOptions> size_optimizer;
  std::optional<LearningRateOptions> learning_rate_scheduler;
  std::optional<recipe::GradientClippingOptions> gradient_clipping;
  std::optional<EarlyStoppingOptions> early_stopping;
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace sr
