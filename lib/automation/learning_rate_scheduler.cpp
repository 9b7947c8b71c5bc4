#include "automation/learning_rate_scheduler.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "automation/trend.h"
#include "core/error.h"

namespace sr {

namespace {

constexpr std::int64_t kSlowBlocks = 40;  // in plateau_patience steps
constexpr std::int64_t kFastLength = 10;
constexpr std::size_t kRecentBlocks = 5;    // 50 steps, compared with ...
constexpr std::size_t kEarlierBlocks = 20;  // ... the 200 before
constexpr int kValidations = 10;

constexpr double kPlateauFactor = 0.8;
constexpr double kDivergenceFactor = 0.5;
constexpr double kRaiseFactor = 1.1;

// Standard normal quantiles. A fall counts from a chance of 1 in 5 on: to call a falling loss a
// plateau costs training, to see a plateau a little later costs nothing.
constexpr double kFallIsLikely = 0.8416;
constexpr double kFallIsSure = 2.326;     // 1 in 100
constexpr double kRiseIsCertain = 4.753;  // 1 in 1,000,000: asked many thousand times in a run

}  // namespace

IntelligentLearningRateScheduler::IntelligentLearningRateScheduler(
    const LearningRateSettings& settings)
    : settings_(settings),
      slow_(std::max<std::int64_t>(1, settings.plateau_patience / kSlowBlocks),
            settings.plateau_patience /
                std::max<std::int64_t>(1, settings.plateau_patience / kSlowBlocks)),
      fast_(kFastLength, kEarlierBlocks + kRecentBlocks) {}

void IntelligentLearningRateScheduler::add(double loss, TrainingSize size) {
  if (size_ != size) {
    size_ = size;
    slow_.clear();
    fast_.clear();
  }
  if (!std::isfinite(loss) || !settings_.monitor_loss) {
    return;
  }
  const bool slow = slow_.add(loss);
  const bool fast = fast_.add(loss);
  unjudged_ = unjudged_ || slow || fast;
}

std::optional<RateDecision> IntelligentLearningRateScheduler::decide() {
  if (!unjudged_) {
    return std::nullopt;
  }
  unjudged_ = false;
  if (auto decision = divergence()) {
    return decision;
  }
  return slow_change();
}

std::optional<RateDecision> IntelligentLearningRateScheduler::divergence() {
  if (!fast_.full()) {
    return std::nullopt;
  }
  const std::span<const double> blocks = fast_.means();
  const Rise rise =
      rise_after(blocks.first(kEarlierBlocks), blocks.subspan(kEarlierBlocks, kRecentBlocks));
  const double critical = student_quantile(kRiseIsCertain, rise.dof);
  if (rise.t <= critical || rise.relative < settings_.improvement_threshold) {
    return std::nullopt;
  }
  RateDecision decision;
  decision.cause = "divergence";
  decision.loss = fit_trend(blocks).mean;
  decision.change = rise.relative;
  decision.t = rise.t;
  decision.critical_t = critical;
  decision.reason = fmt::format("the loss rose by {:.1f} % over {} steps", 100 * rise.relative,
                                static_cast<std::int64_t>(kRecentBlocks) * kFastLength);
  multiply(kDivergenceFactor, decision);
  fast_.clear();
  return decision;
}

std::optional<RateDecision> IntelligentLearningRateScheduler::slow_change() {
  if (!slow_.full()) {
    return std::nullopt;
  }
  const Trend trend = fit_trend(slow_.means());
  const double fall = -trend.relative_change();
  const auto falls_beyond = [&](double z) {
    return -trend.t > student_quantile(z, trend.dof) && fall >= settings_.improvement_threshold;
  };
  RateDecision decision;
  decision.loss = trend.mean;
  decision.change = -fall;
  decision.t = trend.t;
  if (!falls_beyond(kFallIsLikely)) {
    decision.cause = "plateau";
    decision.critical_t = -student_quantile(kFallIsLikely, trend.dof);
    decision.reason = fmt::format("the loss did not fall over {} steps ({:+.2f} %)",
                                  settings_.plateau_patience, -100 * fall);
    multiply(kPlateauFactor, decision);
    return decision;
  }
  if (reduced_ || factor_ >= settings_.max_lr_factor || !falls_beyond(kFallIsSure)) {
    return std::nullopt;
  }
  decision.cause = "fall";
  decision.critical_t = -student_quantile(kFallIsSure, trend.dof);
  decision.reason = fmt::format("the loss still falls, by {:.2f} % over {} steps", 100 * fall,
                                settings_.plateau_patience);
  multiply(kRaiseFactor, decision);
  return decision;
}

std::optional<RateDecision> IntelligentLearningRateScheduler::validated(double metric) {
  if (!settings_.monitor_validation || !std::isfinite(metric)) {
    return std::nullopt;
  }
  const bool better = !best_metric_ || (settings_.higher_is_better ? metric > *best_metric_
                                                                   : metric < *best_metric_);
  if (better) {
    best_metric_ = metric;
    validations_ = 0;
    return std::nullopt;
  }
  if (++validations_ < kValidations) {
    return std::nullopt;
  }
  RateDecision decision;
  decision.cause = "metric";
  decision.validations = validations_;
  decision.reason = fmt::format("no better metric in {} validations", validations_);
  multiply(kPlateauFactor, decision);
  return decision;
}

/// Whatever was observed belongs to the old rate: every change starts the long history over, and
/// the count of validations.
void IntelligentLearningRateScheduler::multiply(double by, RateDecision& decision) {
  decision.from = factor_;
  reduced_ = reduced_ || by < 1;
  factor_ = std::clamp(factor_ * by, settings_.min_lr_factor, settings_.max_lr_factor);
  decision.factor = factor_;
  if (factor_ == decision.from) {
    decision.reason += fmt::format(", but the factor is at its bound {}", factor_);
  } else {
    decision.action = factor_ < decision.from ? RateAction::kReduce : RateAction::kRaise;
  }
  slow_.clear();
  validations_ = 0;
}

Json IntelligentLearningRateScheduler::state() const {
  Json json{{"factor", factor_},     {"reduced", reduced_},   {"slow", slow_.state()},
            {"fast", fast_.state()}, {"unjudged", unjudged_}, {"validations", validations_},
            {"size", nullptr},       {"best_metric", nullptr}};
  if (size_) {
    json["size"] = *size_;
  }
  if (best_metric_) {
    json["best_metric"] = *best_metric_;
  }
  return json;
}

void IntelligentLearningRateScheduler::restore(const Json& state) {
  IntelligentLearningRateScheduler fresh(settings_);
  try {
    fresh.factor_ = std::clamp(state.at("factor").get<double>(), settings_.min_lr_factor,
                               settings_.max_lr_factor);
    state.at("reduced").get_to(fresh.reduced_);
    fresh.slow_.restore(state.at("slow"));
    fresh.fast_.restore(state.at("fast"));
    state.at("unjudged").get_to(fresh.unjudged_);
    state.at("validations").get_to(fresh.validations_);
    if (const auto& size = state.at("size"); !size.is_null()) {
      fresh.size_ = size.get<TrainingSize>();
    }
    if (const auto& best = state.at("best_metric"); !best.is_null()) {
      fresh.best_metric_ = best.get<double>();
    }
  } catch (const Json::exception& error) {
    throw CheckpointError(std::string("state of the learning-rate scheduler: ") + error.what());
  }
  *this = std::move(fresh);
}

}  // namespace sr
