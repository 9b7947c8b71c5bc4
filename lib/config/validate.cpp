#include "config/validate.h"

#include <fmt/format.h>

#include <array>
#include <numeric>
#include <string_view>

namespace sr::settings {
namespace {

class Validator {
 public:
  Validator(const Config& config, const Node& root, Findings& findings)
      : config_(config), root_(root), findings_(findings) {}

  void run() {
    check_weights_file();
    check_scheduler();
    check_tiles();
    check_schedule();
    if (config_.size_optimizer) {
      check_optimizer(*config_.size_optimizer);
    }
  }

 private:
  void problem(std::string_view key, std::string_view what) {
    findings_.problem(line_of(root_, key), key, what);
  }

  void check_weights_file() {
    for (const std::string_view ending : {".pth", ".pt", ".ckpt"}) {
      if (config_.path.pretrain_network_g.value_or("").ends_with(ending)) {
        problem("path.pretrain_network_g",
                fmt::format("{} files are not available yet: give a .safetensors file", ending));
      }
    }
  }

  void check_scheduler() {
    const SchedulerConfig& scheduler = config_.train.scheduler;
    if (scheduler.type != "CosineAnnealingRestartLR") {
      return;
    }
    const std::int64_t together =
        std::accumulate(scheduler.periods.begin(), scheduler.periods.end(), std::int64_t{0});
    if (together < config_.train.total_iter) {
      problem("train.scheduler.periods",
              fmt::format("together {}, expected at least total_iter ({})", together,
                          config_.train.total_iter));
    }
    const std::size_t weights = scheduler.restart_weights.size();
    if (weights != 0 && weights != scheduler.periods.size()) {
      problem("train.scheduler.restart_weights",
              fmt::format("expected {} numbers, one for each period, got {}",
                          scheduler.periods.size(), weights));
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
    }
    if (!schedule.empty() && config_.size_optimizer) {
      problem("datasets.train.size_schedule",
              "excludes the size optimizer in training_automations; give one of them");
    }
  }

  void check_optimizer(const SizeOptimizerConfig& optimizer) {
    const std::string block = optimizer_path();
    if (optimizer.target_vram_usage + optimizer.safety_margin > 1 ||
        optimizer.target_vram_usage <= optimizer.safety_margin) {
      problem(block + ".safety_margin",
              fmt::format("target +- margin must lie between 0 and 1, got {} +- {}",
                          optimizer.target_vram_usage, optimizer.safety_margin));
    }
    check_span(block, "batch_size", optimizer.min_batch_size, optimizer.max_batch_size,
               "datasets.train.batch_size_per_gpu", config_.train_set.batch_size_per_gpu);
    check_span(block, "lq_size", optimizer.min_lq_size, optimizer.max_lq_size,
               root_.find("datasets") != nullptr &&
                       line_of(root_, "datasets.train.lq_size") == line_of(root_, "datasets.train")
                   ? "datasets.train.gt_size"
                   : "datasets.train.lq_size",
               config_.train_set.lq_size);
  }

  void check_span(const std::string& block, std::string_view what, int low, int high,
                  std::string_view start_key, int start) {
    if (low > high) {
      problem(fmt::format("{}.min_{}", block, what),
              fmt::format("{} is more than max_{} ({})", low, what, high));
    } else if (start < low || start > high) {
      problem(start_key, fmt::format("{} {} is outside {}.min_{} to max_{} ({} to {})", what, start,
                                     block, what, what, low, high));
    }
  }

  /// Where the optimizer's block stands, by the name the user gave it.
  std::string optimizer_path() const {
    const Node* train = root_.find("train");
    const bool top = root_.find("training_automations") != nullptr;
    const std::string parent = top ? "training_automations" : "train.training_automations";
    const Node* map = top ? root_.find("training_automations")
                          : (train != nullptr ? train->find("training_automations") : nullptr);
    static constexpr std::array<std::string_view, 4> kNames{
        "DynamicBatchSizeOptimizer", "dynamic_batch_size_optimizer",
        "DynamicBatchAndPatchSizeOptimizer", "dynamic_batch_and_patch_size_optimizer"};
    for (const std::string_view name : kNames) {
      if (map != nullptr && map->find(name) != nullptr) {
        return fmt::format("{}.{}", parent, name);
      }
    }
    return parent;
  }

  const Config& config_;
  const Node& root_;
  Findings& findings_;
};

}  // namespace

void validate(const Config& config, const Node& root, Findings& findings) {
  Validator(config, root, findings).run();
}

}  // namespace sr::settings
