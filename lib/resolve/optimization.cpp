#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/optimization_sections.h"
#include "config/schedule_scale.h"
#include "recipe/optimizers.h"
#include "recipe/schedules.h"
#include "resolve/sections.h"

namespace sr::settings {
namespace {

/// Visitor of core/describe.h: the lengths of a schedule that are no whole numbers.
template <typename Schedule>
struct BrokenLengths {
  const Schedule& schedule;
  std::vector<std::pair<std::string, double>> found;

  NoAlias length(const char* key, double Schedule::*member, const Range&, const char*) {
    look(key, schedule.*member);
    return {};
  }
  NoAlias lengths(const char* key, std::vector<double> Schedule::*member, const Range&,
                  const char*) {
    for (const double value : schedule.*member) {
      look(key, value);
    }
    return {};
  }
  template <typename T>
  NoAlias number(const char*, T Schedule::*, const Range&, const char*) {
    return {};
  }
  template <typename T>
  NoAlias numbers(const char*, std::vector<T> Schedule::*, const Range&, const char*) {
    return {};
  }
  NoAlias flag(const char*, bool Schedule::*, const char*) { return {}; }
  template <typename E>
  NoAlias choice(const char*, E Schedule::*, const Names<E>&, const char*) {
    return {};
  }

 private:
  void look(const char* key, double value) {
    if (std::trunc(value) != value) {
      found.emplace_back(key, value);
    }
  }
};

class Settler {
 public:
  Settler(const Node& root, Config& config, Findings& findings)
      : root_(root), train_(config.train), findings_(findings) {}

  void run() {
    check_optimizer("train.optim_g", train_.optim_g);
    if (train_.optim_d && is_given(root_, "train.optim_d")) {
      check_optimizer("train.optim_d", *train_.optim_d);
    }
    settle_constant();
    check_whole();
    check_lengths();
    check_restarts();
    switch_averages_off();
    switch_schedule_off();
    check_periods();
  }

 private:
  void problem(const std::string& key, std::string_view what) {
    findings_.problem(line_of(root_, key), key, what);
  }

  void check_optimizer(const std::string& section, const OptimizerConfig& optimizer) {
    const bool has_scale_of_its_own = optimizer.type == "SGD" || optimizer.type == "Muon";
    if (has_scale_of_its_own && !is_given(root_, section + ".lr")) {
      problem(section + ".lr", fmt::format("required with {} (number > 0)", optimizer.type));
    }
    const auto* sgd = optimizer.options.get_if<recipe::SgdOptions>();
    if (sgd != nullptr && sgd->nesterov && (sgd->momentum == 0 || sgd->dampening != 0)) {
      problem(section + ".nesterov", "needs a momentum above 0 and no dampening");
    }
  }

  /// ConstantLR is lr from the first step on, unless one of PyTorch's arguments is there: then the
  /// other has PyTorch's default.
  void settle_constant() {
    auto* constant = train_.scheduler.options.get_if<recipe::ConstantOptions>();
    if (constant == nullptr) {
      return;
    }
    const bool factor = is_given(root_, "train.scheduler.factor");
    const bool length = is_given(root_, "train.scheduler.total_iters") ||
                        is_given(root_, "train.scheduler.total_iter");
    if (length && !factor) {
      constant->factor = 1.0 / 3;
    } else if (factor && !length) {
      constant->total_iters = 5;
    }
  }

  /// Only hours come in fractions.
  void check_whole() {
    if (train_.schedule_by == ScheduleUnit::kHours) {
      return;
    }
    with_options(recipe::kSchedules, train_.scheduler.options, [&](const auto& schedule) {
      BrokenLengths visitor{schedule, {}};
      std::remove_cvref_t<decltype(schedule)>::describe(visitor);
      for (const auto& [key, value] : visitor.found) {
        problem("train.scheduler." + key,
                fmt::format("expected whole numbers, got {}; only schedule_by: hours counts in "
                            "fractions",
                            value));
      }
    });
  }

  void check_lengths() {
    const AnyOptions& schedule = train_.scheduler.options;
    const auto* stable = schedule.get_if<recipe::StableDecayOptions>();
    const ScheduleScale scale = schedule_scale(train_);
    if (stable != nullptr && stable->decay_iter > scale.total) {
      problem("train.scheduler.decay_iter",
              fmt::format("expected at most {} ({}), got {}", scale.end, scale.total,
                          stable->decay_iter));
    }
    const auto* cycle = schedule.get_if<recipe::OneCycleOptions>();
    if (cycle != nullptr && cycle->total_steps != 0 && cycle->total_steps < scale.total) {
      problem("train.scheduler.total_steps",
              fmt::format("expected at least {} ({}), got {}", scale.end, scale.total,
                          cycle->total_steps));
    }
  }

  void check_periods() {
    const auto* cosine = train_.scheduler.options.get_if<recipe::CosineRestartOptions>();
    if (cosine == nullptr) {
      return;
    }
    const ScheduleScale scale = schedule_scale(train_);
    const double together = std::accumulate(cosine->periods.begin(), cosine->periods.end(), 0.0);
    if (together < scale.total) {
      problem("train.scheduler.periods", fmt::format("together {}, expected at least {} ({})",
                                                     together, scale.end, scale.total));
    }
    check_weights(cosine->restart_weights.size(), cosine->periods.size(), "period");
  }

  void check_restarts() {
    const auto* steps = train_.scheduler.options.get_if<recipe::MultiStepRestartOptions>();
    if (steps == nullptr) {
      return;
    }
    if (!std::is_sorted(steps->restarts.begin(), steps->restarts.end())) {
      problem("train.scheduler.restarts", "expected ascending steps");
    }
    check_weights(steps->restart_weights.size(), steps->restarts.size(), "restart");
  }

  void check_weights(std::size_t weights, std::size_t wanted, std::string_view each) {
    if (weights != 0 && weights != wanted) {
      problem("train.scheduler.restart_weights",
              fmt::format("expected {} numbers, one for each {}, got {}", wanted, each, weights));
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
    train_.scheduler = scheduler_section().defaults("ConstantLR");
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
