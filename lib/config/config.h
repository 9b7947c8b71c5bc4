#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arch/catalogue.h"
#include "config/degradation_config.h"
#include "core/catalogue.h"

// The whole configuration of a run as plain structs, one per YAML section. Defaults here are the
// defaults that docs/configuration.md shows; names are the YAML's. After loading, every value is
// checked and in range: nobody below `config` sees YAML or a command line.

namespace sr {

/// A number the user gave, or "auto".
template <typename T>
using Auto = std::optional<T>;  ///< empty = auto

enum class Switch { kAuto, kOn, kOff };

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
  int micro_batch = 0;  ///< 0 = whole batch at once
  friend bool operator==(const ScheduledSize&, const ScheduledSize&) = default;
};

struct DatasetConfig {
  std::string key;   ///< "train", "val", "val_1" ...: its name in the YAML
  std::string name;  ///< shown in events; defaults to key
  /// lower case: pairedimagedataset, singlegtdataset, realesrgandataset, pairedvideodataset,
  /// singlevideodataset
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
  DegradationConfig degradation;  ///< with is_degraded()

  /// LQ is made by degradation, anew for every sample.
  bool is_degraded() const { return type == "realesrgandataset"; }
  bool is_video() const { return type == "pairedvideodataset" || type == "singlevideodataset"; }
  /// LQ has files of its own; else it is made from GT.
  bool has_lq() const { return type == "pairedimagedataset" || type == "pairedvideodataset"; }
  friend bool operator==(const DatasetConfig&, const DatasetConfig&) = default;
};

struct NetworkConfig {
  std::string type;  ///< lower case, a row of arch::architectures()
  arch::Options options;
  friend bool operator==(const NetworkConfig&, const NetworkConfig&) = default;
};

struct DiscriminatorConfig {
  std::string type;  ///< lower case: unetdiscriminatorsn, dunet, ...
  int num_in_ch = 3;
  int num_feat = 64;
  bool skip_connection = true;  ///< unetdiscriminatorsn
  int input_size = 128;         ///< vggstylediscriminator: side of the images, 128 or 256
  int num_layers = 3;           ///< patchgandiscriminatorsn: convolutions with stride 2
  Auto<int> padding;            ///< patchgandiscriminatorsn: of each convolution, pixels; auto = 1
  friend bool operator==(const DiscriminatorConfig&, const DiscriminatorConfig&) = default;
};

struct PathConfig {
  std::optional<std::string> pretrain_network_g;
  std::optional<std::string> param_key_g;
  bool strict_load_g = true;
  std::optional<std::string> pretrain_network_d;
  std::optional<std::string> param_key_d;
  bool strict_load_d = true;
  std::optional<std::string> resume_state;
  std::string experiments_root = "experiments";
  friend bool operator==(const PathConfig&, const PathConfig&) = default;
};

struct OptimizerConfig {
  /// AdamW | Adam | NAdam | Adan | SGD | AdamWScheduleFree; `beta1` and below have other defaults
  /// with some types, settings::optimizer_defaults()
  std::string type = "AdamW";
  double lr = 2e-4;
  double weight_decay = 0;
  double beta1 = 0.9;
  double beta2 = 0.99;
  double eps = 1e-8;
  double beta3 = 0.99;                  ///< Adan
  bool no_prox = false;                 ///< Adan
  bool decoupled_weight_decay = false;  ///< Adam, NAdam
  double momentum_decay = 4e-3;         ///< NAdam
  double momentum = 0;                  ///< SGD
  double dampening = 0;                 ///< SGD
  bool nesterov = false;                ///< SGD
  std::int64_t warmup_steps = 0;        ///< AdamWScheduleFree
  double r = 0;                         ///< AdamWScheduleFree
  double weight_lr_power = 2;           ///< AdamWScheduleFree

  /// The optimizer averages the weights itself, which takes the place of EMA and schedule.
  bool keeps_own_average() const { return type == "AdamWScheduleFree"; }
  friend bool operator==(const OptimizerConfig&, const OptimizerConfig&) = default;
};

enum class Annealing { kCosine, kLinear };
/// How a rate falls from 1 to 0 with progress p from 0 to 1: (1 + cos(2 pi cycles p)) / 2,
/// 1 - sqrt(p), 1 - p, 1 - p^2.
enum class Cooldown { kCosine, kOneMinusSqrt, kLinear, kOneMinusSquare };

struct SchedulerConfig {
  /// MultiStepLR | MultiStepRestartLR | CosineAnnealingLR | CosineAnnealingRestartLR |
  /// CosineAnnealingWarmRestarts | CosineAnnealingWarmupLR | PolynomialLR | OneCycleLR |
  /// WarmupStableDecay | WarmupStableDecayLR | StepLR | ExponentialLR | LinearLR | ConstantLR
  std::string type = "MultiStepLR";
  std::vector<std::int64_t> milestones{100000, 200000};  ///< both multi-step schedules
  double gamma = 0.5;                                    ///< theirs, StepLR, ExponentialLR
  std::int64_t t_max = 0;               ///< CosineAnnealingLR: T_max, steps; 0 = total_iter
  double eta_min = 0;                   ///< cosines, WarmupStableDecay: final learning rate
  std::vector<std::int64_t> periods;    ///< CosineAnnealingRestartLR, steps
  std::vector<double> restart_weights;  ///< CosineAnnealingRestartLR, MultiStepRestartLR; empty = 1
  std::vector<std::int64_t> restarts{0};  ///< MultiStepRestartLR, steps
  std::int64_t t_0 = 1;                   ///< CosineAnnealingWarmRestarts: first period, steps
  std::int64_t t_mult = 1;                ///< CosineAnnealingWarmRestarts: growth of the periods
  /// PolynomialLR, LinearLR, CosineAnnealingWarmupLR: length; 0 = total_iter. ConstantLR: steps
  /// with `factor`.
  std::int64_t total_iters = 0;
  double factor = 1;                  ///< ConstantLR
  std::int64_t warmup_iters = 0;      ///< CosineAnnealingWarmupLR, steps
  double eta_min_ratio = 0.1;         ///< CosineAnnealingWarmupLR: last rate / lr
  std::int64_t num_warmup_steps = 0;  ///< WarmupStableDecayLR and below
  std::int64_t num_stable_steps = 0;
  std::int64_t num_decay_steps = 0;
  double min_lr_ratio = 0;  ///< last rate / lr
  double num_cycles = 0.5;  ///< of the cosine
  Cooldown cooldown_type = Cooldown::kOneMinusSqrt;
  double power = 1;                 ///< PolynomialLR
  double start_factor = 1.0 / 3.0;  ///< LinearLR
  double end_factor = 1;            ///< LinearLR
  std::int64_t step_size = 1;       ///< StepLR, steps
  std::int64_t decay_iter = 0;      ///< WarmupStableDecay, steps; 0 = a tenth of total_iter
  std::int64_t total_steps = 0;     ///< OneCycleLR and below; 0 = total_iter
  double max_lr = 0;                ///< 0 = the optimizer's lr
  double pct_start = 0.3;           ///< share of the cycle in which the rate rises
  Annealing anneal_strategy = Annealing::kCosine;
  double div_factor = 25;
  double final_div_factor = 1e4;
  bool three_phase = false;
  friend bool operator==(const SchedulerConfig&, const SchedulerConfig&) = default;
};

/// One entry of train.losses.
struct LossConfig {
  std::string type;  ///< lower case, a row of recipe::kLosses
  double loss_weight = 1.0;
  bool gt_usm = false;  ///< what it compares with is sharpened GT
  AnyOptions options{};  ///< those of the row
  friend bool operator==(const LossConfig&, const LossConfig&) = default;
};

enum class LrScaling { kNone, kSqrt, kLinear };

struct TrainConfig {
  std::int64_t total_iter = 0;
  std::int64_t warmup_iter = -1;
  double ema_decay = 0.999;
  double ema_power = 0.75;
  std::int64_t ema_update_after = 0;
  std::int64_t ema_switch_iter = 0;   ///< the weights become their average so often; 0 = never
  double ema_decay_d = 0;             ///< of the discriminator; 0 = off
  std::int64_t net_d_iters = 1;       ///< the generator is trained in every n-th step
  std::int64_t net_d_init_iters = 0;  ///< and not in the first ones
  LrScaling lr_scaling = LrScaling::kNone;
  bool recompute = false;  ///< sets use_checkpoint of the network
  bool grad_clip = false;
  double grad_clip_max_norm = 100;
  OptimizerConfig optim_g;
  std::optional<OptimizerConfig> optim_d;  ///< set when there is a network_d
  SchedulerConfig scheduler;
  std::vector<LossConfig> losses;
  friend bool operator==(const TrainConfig&, const TrainConfig&) = default;
};

struct MetricConfig {
  std::string key;   ///< its name in the YAML: psnr, ssim
  std::string type;  ///< lower case: calculate_psnr, calculate_ssim ...
  int crop_border = 0;
  bool test_y_channel = false;
  bool higher_is_better = true;
  std::string weights{};  ///< file of a metric that reads one (metrics_with_weights())
  friend bool operator==(const MetricConfig&, const MetricConfig&) = default;
};

struct ValConfig {
  bool val_enabled = true;
  std::int64_t val_freq = 1000;
  bool save_img = true;
  int tile_size = 0;  ///< LQ pixels; 0 = whole images
  int tile_overlap = 8;
  std::vector<MetricConfig> metrics;  ///< in file order: the first one decides "best"
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

struct SizeOptimizerConfig {
  double target_vram_usage = 0.85;
  double safety_margin = 0.05;
  int min_batch_size = 2;
  int max_batch_size = 64;
  int min_lq_size = 32;
  int max_lq_size = 256;
  std::int64_t adjustment_frequency = 100;
  std::int64_t max_adjustments = 0;
  int vram_history_size = 50;
  friend bool operator==(const SizeOptimizerConfig&, const SizeOptimizerConfig&) = default;
};

struct LearningRateSchedulerConfig {
  bool monitor_loss = true;
  bool monitor_validation = true;
  std::int64_t plateau_patience = 1000;
  double improvement_threshold = 0.001;
  double min_lr_factor = 0.1;
  double max_lr_factor = 2.0;
  friend bool operator==(const LearningRateSchedulerConfig&,
                         const LearningRateSchedulerConfig&) = default;
};

struct GradientClippingConfig {
  double percentile = 90;
  std::int64_t history = 1000;
  double min_threshold = 0.05;
  double max_threshold = 10.0;
  friend bool operator==(const GradientClippingConfig&, const GradientClippingConfig&) = default;
};

struct EarlyStoppingConfig {
  std::string monitor_metric = "val/psnr";
  std::int64_t patience = 2000;
  double min_improvement = 0.001;
  std::int64_t min_iterations = 5000;
  std::int64_t warmup_iterations = 1000;
  double convergence_threshold = 0.0005;
  friend bool operator==(const EarlyStoppingConfig&, const EarlyStoppingConfig&) = default;
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
  std::optional<DiscriminatorConfig> network_d;  ///< empty = training without a discriminator
  PathConfig path;
  TrainConfig train;
  ValConfig val;
  LoggerConfig logger;
  // training_automations; empty = not enabled
  std::optional<SizeOptimizerConfig> size_optimizer;
  std::optional<LearningRateSchedulerConfig> learning_rate_scheduler;
  std::optional<GradientClippingConfig> gradient_clipping;
  std::optional<EarlyStoppingConfig> early_stopping;
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace sr
