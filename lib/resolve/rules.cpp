#include "resolve/rules.h"

#include <fmt/format.h>

#include <string_view>

#include "arch/catalogue.h"
#include "arch/discriminators.h"
#include "config/clip_sets.h"
#include "config/monitored_metric.h"
#include "resolve/clips.h"
#include "resolve/sections.h"

namespace sr::settings {
namespace {

class Rules {
 public:
  Rules(const Config& config, const Node& root, Findings& findings)
      : config_(config), root_(root), findings_(findings) {}

  void check() {
    check_clips(config_.train_set);
    for (const DatasetConfig& set : config_.val_sets) {
      check_clips(set);
    }
    check_channels();
    check_tiles();
    check_schedule();
    if (arch::mixes_samples(config_.network_g.options)) {
      check_mixed_samples();
    }
    if (config_.network_d) {
      check_discriminator(*config_.network_d);
    }
    if (config_.size_optimizer) {
      check_optimizer(*config_.size_optimizer);
    }
    if (config_.gradient_clipping) {
      check_clipping(*config_.gradient_clipping);
    }
    if (config_.early_stopping) {
      check_early_stopping(*config_.early_stopping);
    }
  }

 private:
  void problem(std::string_view key, std::string_view what) {
    findings_.problem(line_of(root_, key), key, what);
  }

  void check_clips(const DatasetConfig& set) {
    const std::string section = fmt::format("datasets.{}", set.key);
    const std::string key = section + ".clip_size";
    const int training = config_.train_set.clip_size;
    if (set.clip_size % 2 == 0) {
      problem(key, fmt::format("expected an odd number, so that there is a middle frame, got {}",
                               set.clip_size));
    } else if (set.clip_size != training) {
      problem(key,
              fmt::format("expected {} as in datasets.train, got {}", training, set.clip_size));
    } else if (set.clip_size > 1 && !has_scenes(set)) {
      problem(key, fmt::format("clips of {} frames need pairedvideodataset or singlevideodataset, "
                               "{}.type is {}",
                               set.clip_size, section, set.type));
    }
    if (has_scenes(set) && !set.is_video() && !set.dataroot_weights.empty()) {
      problem(section + ".dataroot_weights",
              fmt::format("is for images; clips of a {} show every frame once", set.type));
    }
    if (has_scenes(set) && set.meta_info) {
      problem(section + ".meta_info",
              fmt::format("it names images; a {} takes every scene of its folders", set.type));
    }
  }

  void check_channels() {
    constexpr int kRgb = 3;
    const int clip = config_.train_set.clip_size;
    const int channels = arch::input_channels(config_.network_g.options);
    if (channels == kRgb * clip) {
      return;
    }
    if (const char* option = frames_option(config_.network_g.options)) {
      problem(
          fmt::format("network_g.{}", option),
          fmt::format("expected {} as datasets.train.clip_size, got {}", clip, channels / kRgb));
    } else {
      problem("network_g.num_in_ch",
              fmt::format("expected {}, 3 x datasets.train.clip_size ({}), got {}", kRgb * clip,
                          clip, channels));
    }
  }

  void check_tiles() {
    const ValConfig& val = config_.val;
    if (val.tile_size > 0 && val.tile_overlap >= val.tile_size) {
      problem("val.tile_overlap", fmt::format("expected less than tile_size ({}), got {}",
                                              val.tile_size, val.tile_overlap));
    }
  }

  void check_schedule() {
    const std::vector<ScheduledSize>& schedule = config_.train_set.size_schedule;
    for (std::size_t i = 0; i < schedule.size(); ++i) {
      const std::string entry = fmt::format("datasets.train.size_schedule.{}", i);
      if (i > 0 && schedule[i].step < schedule[i - 1].step) {
        problem(entry + ".step", fmt::format("expected at least {} as in the entry before, got {}",
                                             schedule[i - 1].step, schedule[i].step));
      }
      if (schedule[i].micro_batch > schedule[i].batch_size) {
        problem(entry + ".micro_batch",
                fmt::format("expected at most batch_size ({}), got {}", schedule[i].batch_size,
                            schedule[i].micro_batch));
      }
      if (schedule[i].recompute && !arch::can_compute_twice(config_.network_g.options)) {
        problem(entry + ".recompute",
                fmt::format("{} has no blocks that are computed twice", config_.network_g.type));
      }
    }
    if (!schedule.empty() && config_.size_optimizer) {
      problem("datasets.train.size_schedule",
              "excludes the size optimizer in training_automations; give one of them");
    }
  }

  /// BatchNorm in training: one sample alone has no variance, and pieces of a batch have others.
  void check_mixed_samples() {
    const std::string why = fmt::format(
        "{} normalises by statistics of the samples that are computed together (or set "
        "network_g.frozen_statistics)",
        config_.network_g.type);
    const auto needs_two = [&](const std::string& key, int samples) {
      if (samples < 2) {
        problem(key, fmt::format("expected at least 2, got {}: {}", samples, why));
      }
    };
    needs_two("datasets.train.batch_size_per_gpu", config_.train_set.batch_size_per_gpu);
    if (config_.size_optimizer) {
      needs_two(find_size_optimizer(root_).path + ".min_batch_size",
                config_.size_optimizer->min_batch_size);
    }
    const std::vector<ScheduledSize>& schedule = config_.train_set.size_schedule;
    for (std::size_t i = 0; i < schedule.size(); ++i) {
      const std::string entry = fmt::format("datasets.train.size_schedule.{}", i);
      needs_two(entry + ".batch_size", schedule[i].batch_size);
      if (schedule[i].micro_batch > 0) {
        problem(entry + ".micro_batch", "expected 0: " + why);
      }
    }
  }

  /// A discriminator with linear layers takes images of one size.
  void check_discriminator(const DiscriminatorConfig& discriminator) {
    const auto* vgg = discriminator.options.get_if<arch::VggDiscriminatorOptions>();
    if (vgg == nullptr) {
      return;
    }
    const auto needs = [&](std::string_view key, int lq_size) {
      if (lq_size * config_.scale != vgg->input_size) {
        problem(key, fmt::format("vggstylediscriminator takes images of {} pixels (its "
                                 "input_size), lq_size {} x scale {} is {}",
                                 vgg->input_size, lq_size, config_.scale, lq_size * config_.scale));
      }
    };
    needs("network_d.input_size", config_.train_set.lq_size);
    const std::vector<ScheduledSize>& schedule = config_.train_set.size_schedule;
    for (std::size_t i = 0; i < schedule.size(); ++i) {
      needs(fmt::format("datasets.train.size_schedule.{}.lq_size", i), schedule[i].lq_size);
    }
    const auto& optimizer = config_.size_optimizer;
    if (optimizer && optimizer->min_lq_size != optimizer->max_lq_size) {
      problem("network_d.type",
              fmt::format("vggstylediscriminator takes images of one size; set min_lq_size and "
                          "max_lq_size of the size optimizer to {}",
                          config_.train_set.lq_size));
    }
  }

  void check_optimizer(const SizeOptimizerOptions& optimizer) {
    const std::string block = find_size_optimizer(root_).path;
    if (optimizer.target_vram_usage + optimizer.safety_margin > 1 ||
        optimizer.target_vram_usage <= optimizer.safety_margin) {
      problem(block + ".safety_margin",
              fmt::format("target +- margin must lie between 0 and 1, got {} +- {}",
                          optimizer.target_vram_usage, optimizer.safety_margin));
    }
    const bool by_gt = find_path(root_, "datasets.train.gt_size") != nullptr;
    check_bounds(block,
                 {"batch_size", optimizer.min_batch_size, optimizer.max_batch_size,
                  config_.train_set.batch_size_per_gpu, "datasets.train.batch_size_per_gpu"});
    check_bounds(
        block, {"lq_size", optimizer.min_lq_size, optimizer.max_lq_size, config_.train_set.lq_size,
                by_gt ? "datasets.train.gt_size" : "datasets.train.lq_size"});
  }

  void check_clipping(const recipe::GradientClippingOptions& clipping) {
    if (clipping.min_threshold > clipping.max_threshold) {
      problem(find_gradient_clipping(root_).path + ".min_threshold",
              fmt::format("{} is more than max_threshold ({})", clipping.min_threshold,
                          clipping.max_threshold));
    }
  }

  void check_early_stopping(const EarlyStoppingOptions& stopping) {
    const std::string key = find_early_stopping(root_).path + ".monitor_metric";
    if (config_.val_sets.empty() || !config_.val.val_enabled) {
      problem(key, "early stopping needs a validation set and val.val_enabled");
      return;
    }
    if (find_monitored(config_, stopping.monitor_metric)) {
      return;
    }
    std::string known;
    for (const MetricConfig& metric : config_.val.metrics) {
      known += (known.empty() ? "val/" : ", val/") + metric.key;
    }
    problem(key, fmt::format("no such metric: {}; known: {}, or with the name of a set before /",
                             stopping.monitor_metric, known.empty() ? "none" : known));
  }

  struct Bounds {
    std::string_view what;  ///< the block holds min_<what> and max_<what>
    int low;
    int high;
    int start;
    std::string_view start_key;
  };
  void check_bounds(const std::string& block, const Bounds& bounds) {
    const std::string low_key = fmt::format("{}.min_{}", block, bounds.what);
    if (bounds.low > bounds.high) {
      problem(low_key,
              fmt::format("{} is more than max_{} ({})", bounds.low, bounds.what, bounds.high));
    } else if (bounds.start < bounds.low || bounds.start > bounds.high) {
      problem(bounds.start_key,
              fmt::format("{} {} is outside {} to max_{} ({} to {})", bounds.what, bounds.start,
                          low_key, bounds.what, bounds.low, bounds.high));
    }
  }

  const Config& config_;
  const Node& root_;
  Findings& findings_;
};

}  // namespace

void check_rules(const Config& config, const Node& root, Findings& findings) {
  Rules(config, root, findings).check();
  check_sizes(config, root, findings);
  check_names(config, root, findings);
  check_teacher(config, root, findings);
  tell_what_is_off(config, root, findings);
}

}  // namespace sr::settings
