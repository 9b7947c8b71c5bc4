#include "train/automations.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "train/loss_log.h"

namespace sr {
namespace {

LearningRateSettings rate_settings(const Config& config) {
  LearningRateSettings settings{*config.learning_rate_scheduler};
  settings.higher_is_better =
      config.val.metrics.empty() || config.val.metrics[best_metric(config.val)].higher_is_better;
  return settings;
}

EarlyStoppingSettings stop_settings(const Config& config, const MonitoredMetric& monitored) {
  EarlyStoppingSettings settings{*config.early_stopping};
  settings.higher_is_better = config.val.metrics[monitored.metric].higher_is_better;
  return settings;
}

}  // namespace

Automations::Automations(const Config& config, TakeLosses take_losses)
    : config_(config), take_losses_(std::move(take_losses)) {
  if (config.learning_rate_scheduler) {
    scheduler_.emplace(rate_settings(config));
  }
  if (config.early_stopping) {
    stop_metric_ =
        find_monitored(config, config.early_stopping->monitor_metric).value_or(MonitoredMetric{});
    stopping_.emplace(stop_settings(config, stop_metric_));
  }
}

void Automations::committed(TrainingSize size, bool warming_up) {
  size_ = size;
  if (losses_to_keep(config_) > 0) {
    pending_.push_back({size, warming_up});
  }
}

void Automations::flush() {
  if (pending_.empty()) {
    return;
  }
  const std::vector<float> losses = take_losses_();
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    // While the rate warms up, the loss says nothing about the rate.
    if (scheduler_ && !pending_[i].warming_up) {
      scheduler_->add(losses.at(i), pending_[i].size);
    }
    if (stopping_) {
      stopping_->add(losses.at(i));
    }
  }
  pending_.clear();
}

std::optional<RateDecision> Automations::after_step(std::int64_t step) {
  if (step % kRateDecisionSteps != 0) {
    return std::nullopt;
  }
  flush();
  return scheduler_ ? scheduler_->decide() : std::nullopt;
}

std::vector<EventData> Automations::validated(std::int64_t step, bool growing,
                                              const Scores& scores) {
  flush();
  std::vector<EventData> events;
  if (scheduler_ && !scores.empty() && !scores.front().empty()) {
    const double score = scores.front().at(best_metric(config_.val)).second;
    if (auto decision = scheduler_->validated(score)) {
      events.emplace_back(std::move(*decision));
    }
  }
  if (stopping_) {
    const double value = scores.at(stop_metric_.set).at(stop_metric_.metric).second;
    if (!std::isfinite(value)) {
      return events;
    }
    StopDecision decision = stopping_->validated({step, value, size_, growing});
    decision.metric = config_.early_stopping->monitor_metric;
    events.emplace_back(std::move(decision));
  }
  return events;
}

std::optional<std::string> Automations::stopped() const {
  return stopping_ ? stopping_->stopped() : std::nullopt;
}

void Automations::use_rules(const std::map<std::string, std::string>& rules) {
  const auto rule_of = [&](std::size_t set, std::size_t metric) {
    if (set >= config_.val_sets.size() || metric >= config_.val.metrics.size()) {
      return std::string();
    }
    const std::string name = config_.val_sets[set].name + "/" + config_.val.metrics[metric].key;
    const auto rule = rules.find(name);
    return rule == rules.end() ? std::string() : name + ": " + rule->second;
  };
  rate_rule_ = rule_of(0, best_metric(config_.val));
  stop_rule_ = rule_of(stop_metric_.set, stop_metric_.metric);
}

nlohmann::ordered_json Automations::save() {
  flush();
  nlohmann::ordered_json json{{"learning_rate", nullptr}, {"early_stopping", nullptr}};
  if (scheduler_) {
    json["learning_rate"] = scheduler_->state();
  }
  if (stopping_) {
    json["early_stopping"] = stopping_->state();
  }
  json["rate_rule"] = rate_rule_;
  json["stop_rule"] = stop_rule_;
  json["lq_size"] = size_.lq_size;
  json["batch_size"] = size_.batch_size;
  return json;
}

/// What the state does not know, because it was switched on since, begins anew.
void Automations::load(const nlohmann::ordered_json& saved) {
  // A validation that is made up for before the next step belongs to the sizes of the step before.
  size_.lq_size = saved.value("lq_size", size_.lq_size);
  size_.batch_size = saved.value("batch_size", size_.batch_size);
  const auto part = [&](const char* key) {
    return saved.contains(key) ? saved.at(key) : nlohmann::ordered_json(nullptr);
  };
  const auto changed = [&](const char* key, const std::string& rule) {
    const std::string before = saved.value(key, "");  // not in states of earlier versions
    return !before.empty() && !rule.empty() && before != rule;
  };
  if (auto state = part("learning_rate"); scheduler_ && !state.is_null()) {
    if (changed("rate_rule", rate_rule_)) {
      state["best_metric"] = nullptr;
      state["validations"] = 0;
    }
    scheduler_->restore(state);
  }
  if (const auto state = part("early_stopping");
      stopping_ && !state.is_null() && !changed("stop_rule", stop_rule_)) {
    stopping_->restore(state);
  }
}

ClippingNumbers clipping_numbers(const AdaptiveClipping::Window& window) {
  const double steps = static_cast<double>(std::max<std::int64_t>(1, window.steps));
  return {.threshold = window.threshold,
          .share = static_cast<double>(window.clipped) / steps,
          .p10 = window.p10,
          .p50 = window.p50,
          .p90 = window.p90,
          .largest = window.largest};
}

ClipDecisionEvent clip_event(const std::string& network, const AdaptiveClipping::Window& window,
                             const Config& config) {
  const recipe::GradientClippingOptions& settings = *config.gradient_clipping;
  const auto limit = static_cast<float>(window.threshold);
  ClipDecisionEvent event;
  event.network = network;
  event.steps = window.steps;
  event.numbers = clipping_numbers(window);
  if (window.learning) {
    event.reason = "the first norms are gathered, the limit is fixed";
  } else if (config.train.grad_clip &&
             limit >= static_cast<float>(config.train.grad_clip_max_norm)) {
    event.reason = "grad_clip_max_norm is the upper bound";
  } else if (limit <= static_cast<float>(settings.min_threshold)) {
    event.reason = "min_threshold";
  } else if (limit >= static_cast<float>(settings.max_threshold)) {
    event.reason = "max_threshold";
  } else {
    event.reason = fmt::format("{:g}th percentile of the norms", settings.percentile);
  }
  return event;
}

}  // namespace sr
