#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "config/special.h"
#include "config/tables.h"

namespace sr::settings {
namespace {

bool is_given(const Node& root, std::string_view key) {
  const Node* node = find_path(root, key);
  return node != nullptr && !node->is_null();
}

class Settler {
 public:
  Settler(const Node& root, Config& config, Findings& findings)
      : root_(root), train_(config.train), findings_(findings) {}

  void run() {
    check_optimizer("train.optim_g", train_.optim_g);
    if (train_.optim_d && is_given(root_, "train.optim_d")) {
      check_optimizer("train.optim_d", *train_.optim_d);
    }
    check_needed();
    settle_constant();
    check_lengths();
    check_restarts();
    switch_averages_off();
    switch_schedule_off();
  }

 private:
  void problem(const std::string& key, std::string_view what) {
    findings_.problem(line_of(root_, key), key, what);
  }

  void need(const std::string& key, const std::string& type, std::string_view wanted) {
    if (!is_given(root_, key)) {
      problem(key, fmt::format("required with {} ({})", type, wanted));
    }
  }

  void check_optimizer(const std::string& section, const OptimizerConfig& optimizer) {
    if (optimizer.type == "SGD") {
      need(section + ".lr", "SGD", "number > 0");
    }
    if (optimizer.nesterov && (optimizer.momentum == 0 || optimizer.dampening != 0)) {
      problem(section + ".nesterov", "needs a momentum above 0 and no dampening");
    }
  }

  void check_needed() {
    const std::string& type = train_.scheduler.type;
    if (type == "ExponentialLR") {
      need("train.scheduler.gamma", type, "number > 0");
    } else if (type == "StepLR") {
      need("train.scheduler.step_size", type, "integer >= 1");
    } else if (type == "CosineAnnealingWarmRestarts") {
      need("train.scheduler.T_0", type, "integer >= 1");
    } else if (type == "WarmupStableDecayLR") {
      for (const char* key : {"num_warmup_steps", "num_stable_steps", "num_decay_steps"}) {
        need(std::string("train.scheduler.") + key, type, "integer >= 0");
      }
    }
  }

  /// ConstantLR is lr from the first step on, unless one of PyTorch's arguments is there: then the
  /// other has PyTorch's default.
  void settle_constant() {
    SchedulerConfig& scheduler = train_.scheduler;
    if (scheduler.type != "ConstantLR") {
      return;
    }
    const bool factor = is_given(root_, "train.scheduler.factor");
    const bool length = is_given(root_, "train.scheduler.total_iters") ||
                        is_given(root_, "train.scheduler.total_iter");
    if (length && !factor) {
      scheduler.factor = 1.0 / 3;
    } else if (factor && !length) {
      scheduler.total_iters = 5;
    }
  }

  void check_lengths() {
    const SchedulerConfig& scheduler = train_.scheduler;
    if (scheduler.decay_iter > train_.total_iter) {
      problem("train.scheduler.decay_iter", fmt::format("expected at most total_iter ({}), got {}",
                                                        train_.total_iter, scheduler.decay_iter));
    }
    if (scheduler.total_steps != 0 && scheduler.total_steps < train_.total_iter) {
      problem("train.scheduler.total_steps",
              fmt::format("expected at least total_iter ({}), got {}", train_.total_iter,
                          scheduler.total_steps));
    }
  }

  void check_restarts() {
    const SchedulerConfig& scheduler = train_.scheduler;
    if (scheduler.type != "MultiStepRestartLR") {
      return;
    }
    if (!std::is_sorted(scheduler.restarts.begin(), scheduler.restarts.end())) {
      problem("train.scheduler.restarts", "expected ascending steps");
    }
    const std::size_t weights = scheduler.restart_weights.size();
    if (weights != 0 && weights != scheduler.restarts.size()) {
      problem("train.scheduler.restart_weights",
              fmt::format("expected {} numbers, one for each restart, got {}",
                          scheduler.restarts.size(), weights));
    }
  }

  /// Sets a setting to "off"; the file hears of it when it asked for something.
  template <typename Value>
  void switch_off(const std::string& key, Value& value, std::string_view reason) {
    if (value != Value{} && is_given(root_, key)) {
      findings_.no_effect(key, reason);
    }
    value = Value{};
  }

  void switch_averages_off() {
    if (train_.optim_g.keeps_own_average()) {
      const std::string reason = train_.optim_g.type + " keeps an average of its own";
      switch_off("train.ema_decay", train_.ema_decay, reason);
      switch_off("train.ema_switch_iter", train_.ema_switch_iter, reason);
    }
    if (train_.optim_d && train_.optim_d->keeps_own_average()) {
      switch_off("train.ema_decay_d", train_.ema_decay_d,
                 train_.optim_d->type + " keeps an average of its own");
    }
  }

  void switch_schedule_off() {
    if (!train_.optim_g.keeps_own_average() ||
        (train_.optim_d && !train_.optim_d->keeps_own_average())) {
      return;  // the schedule is that of the other network
    }
    if (is_given(root_, "train.scheduler") && train_.scheduler.type != "ConstantLR") {
      findings_.no_effect("train.scheduler", train_.optim_g.type + " needs no schedule");
    }
    train_.scheduler = scheduler_defaults("ConstantLR");
  }

  const Node& root_;
  TrainConfig& train_;
  Findings& findings_;
};

}  // namespace

void settle_optimization(const Node& root, Config& config, Findings& findings) {
  Settler(root, config, findings).run();
}

}  // namespace sr::settings
