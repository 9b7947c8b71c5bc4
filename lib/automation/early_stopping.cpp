#include "automation/early_stopping.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "automation/trend.h"
#include "core/error.h"

namespace sr {

namespace {

constexpr int kFewestValidations = 3;
constexpr std::size_t kTrendValidations = 10;
constexpr double kSignificant = 2.326;  // 1 in 100, standard normal

Json settings_json(const EarlyStoppingSettings& settings) {
  return {{"patience", settings.patience},
          {"min_improvement", settings.min_improvement},
          {"min_iterations", settings.min_iterations},
          {"warmup_iterations", settings.warmup_iterations},
          {"convergence_threshold", settings.convergence_threshold},
          {"higher_is_better", settings.higher_is_better}};
}

}  // namespace

void IntelligentEarlyStopping::add(double loss) {
  if (std::isfinite(loss)) {
    loss_sum_ += loss;
    ++loss_count_;
  }
}

bool IntelligentEarlyStopping::better(double value) const {
  if (!std::isfinite(value)) {
    return false;
  }
  if (!best_) {
    return true;
  }
  return settings_.higher_is_better ? value > *best_ && value >= *best_ + settings_.min_improvement
                                    : value < *best_ && value <= *best_ - settings_.min_improvement;
}

StopDecision IntelligentEarlyStopping::validated(const MetricReading& reading) {
  const bool warm = reading.step > settings_.warmup_iterations;
  const bool improved = warm && better(reading.value);
  if (improved) {
    best_ = reading.value;
    best_step_ = reading.step;
  }
  if (improved || !warm || reading.growing) {
    waiting_since_ = reading.step;
    validations_waited_ = 0;
  } else {
    ++validations_waited_;
  }
  remember(reading);

  StopDecision decision;
  decision.value = reading.value;
  decision.best = best_.value_or(reading.value);
  decision.best_step = best_step_;
  decision.steps_waited = reading.step - waiting_since_;
  decision.validations_waited = validations_waited_;
  decision.growing = reading.growing;
  const bool overfitting = overfits(decision);
  const bool out_of_patience =
      decision.steps_waited >= settings_.patience && validations_waited_ >= kFewestValidations;
  if (reading.growing) {
    decision.reason = "sizes still grow";
  } else if (reading.step < settings_.min_iterations) {
    decision.reason = fmt::format("before min_iterations ({})", settings_.min_iterations);
  } else if (out_of_patience) {
    decision.stop = true;
    decision.reason =
        fmt::format("no improvement by {} for {} steps and {} validations",
                    settings_.min_improvement, decision.steps_waited, validations_waited_);
  } else if (overfitting) {
    decision.stop = true;
    decision.reason =
        fmt::format("over {} validations the metric became worse while the loss fell by {:.2f} %",
                    kTrendValidations, -100 * decision.loss_change);
  } else {
    decision.reason = improved ? "improved" : "within patience";
  }
  if (decision.stop) {
    stopped_ = decision.reason;
  }
  return decision;
}

void IntelligentEarlyStopping::remember(const MetricReading& reading) {
  const bool resized = size_ && *size_ != reading.size;
  size_ = reading.size;
  if (resized || reading.step <= settings_.warmup_iterations) {
    metrics_.clear();
    losses_.clear();
  } else if (loss_count_ > 0 && std::isfinite(reading.value)) {
    if (metrics_.size() == kTrendValidations) {
      metrics_.erase(metrics_.begin());
      losses_.erase(losses_.begin());
    }
    metrics_.push_back(reading.value);
    losses_.push_back(loss_sum_ / static_cast<double>(loss_count_));
  }
  loss_sum_ = 0;
  loss_count_ = 0;
}

bool IntelligentEarlyStopping::overfits(StopDecision& decision) const {
  decision.trend_points = static_cast<int>(metrics_.size());
  if (metrics_.size() < kTrendValidations) {
    return false;
  }
  const Trend metric = fit_trend(metrics_);
  const Trend loss = fit_trend(losses_);
  const double critical = student_quantile(kSignificant, metric.dof);
  decision.metric_t = settings_.higher_is_better ? metric.t : -metric.t;
  decision.loss_t = loss.t;
  decision.loss_change = loss.relative_change();
  return decision.metric_t < -critical && decision.loss_t < -critical &&
         -decision.loss_change >= settings_.convergence_threshold;
}

Json IntelligentEarlyStopping::state() const {
  Json json{{"settings", settings_json(settings_)},
            {"best", nullptr},
            {"best_step", best_step_},
            {"waiting_since", waiting_since_},
            {"validations_waited", validations_waited_},
            {"size", nullptr},
            {"metrics", metrics_},
            {"losses", losses_},
            {"loss_sum", loss_sum_},
            {"loss_count", loss_count_},
            {"stopped", nullptr}};
  if (best_) {
    json["best"] = *best_;
  }
  if (size_) {
    json["size"] = *size_;
  }
  if (stopped_) {
    json["stopped"] = *stopped_;
  }
  return json;
}

void IntelligentEarlyStopping::restore(const Json& state) {
  IntelligentEarlyStopping fresh(settings_);
  try {
    if (const auto& best = state.at("best"); !best.is_null()) {
      fresh.best_ = best.get<double>();
    }
    state.at("best_step").get_to(fresh.best_step_);
    state.at("waiting_since").get_to(fresh.waiting_since_);
    state.at("validations_waited").get_to(fresh.validations_waited_);
    if (const auto& size = state.at("size"); !size.is_null()) {
      fresh.size_ = size.get<TrainingSize>();
    }
    state.at("metrics").get_to(fresh.metrics_);
    state.at("losses").get_to(fresh.losses_);
    state.at("loss_sum").get_to(fresh.loss_sum_);
    state.at("loss_count").get_to(fresh.loss_count_);
    const auto& stopped = state.at("stopped");
    if (!stopped.is_null() && state.at("settings") == settings_json(settings_)) {
      fresh.stopped_ = stopped.get<std::string>();
    }
  } catch (const Json::exception& error) {
    throw CheckpointError(std::string("state of early stopping: ") + error.what());
  }
  *this = std::move(fresh);
}

}  // namespace sr
