#include "train/run_state.h"

#include <cmath>
#include <concepts>
#include <utility>

#include "core/error.h"

namespace sr {

bool RunState::is_best(double score, bool higher_is_better) const {
  return std::isfinite(score) &&
         (!best_score || (higher_is_better ? score > *best_score : score < *best_score));
}

void RunState::record_scores(const std::string& set,
                             const std::vector<std::pair<std::string, double>>& scores,
                             const std::vector<MetricConfig>& metrics) {
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto& [name, score] = scores[i];
    if (!std::isfinite(score)) {
      continue;
    }
    const auto [known, is_new] = best.emplace(set + "/" + name, score);
    if (!is_new && (metrics[i].higher_is_better ? score > known->second : score < known->second)) {
      known->second = score;
    }
  }
}

void RunState::use_rules(std::map<std::string, std::string> rules) {
  for (const auto& [name, rule] : rules) {
    const auto before = best_rules.find(name);
    if (before != best_rules.end() && before->second != rule) {
      best.erase(name);
    }
  }
  best_rules = std::move(rules);
}

namespace {

/// Every field that a training state holds, once: visit(name, field).
template <typename Run, typename Visit>
void visit_fields(Run& run, Visit visit) {
  visit("step", run.state.step);
  visit("cursor", run.state.cursor);
  visit("lq_size", run.size.size.lq_size);
  visit("batch_size", run.size.size.batch_size);
  visit("micro_batch", run.size.micro_batch);
  visit("skipped", run.state.skipped);
  visit("adjustments", run.adjustments);
  visit("ooms", run.state.ooms);
  visit("ramp_from", run.ramp.from);
  visit("ramp_to", run.ramp.to);
  visit("ramp_start", run.ramp.start);
  visit("best", run.state.best);
  visit("validated_step", run.state.validated_step);
  visit("validation_tile", run.state.validation_tile);
}

using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(const std::string& name, const char* reason) {
  throw CheckpointError("training state: run/" + name + " " + reason);
}

/// Nothing is converted: what this program writes it reads back as it is.
template <typename Integer>
requires std::integral<Integer>
void read(const Json& json, const char* name, Integer& field) {
  const bool fits =
      json.is_number_unsigned()
          ? std::in_range<Integer>(json.get<std::uint64_t>())
          : json.is_number_integer() && std::in_range<Integer>(json.get<std::int64_t>());
  if (!fits) {
    refuse(name, "is no integer, or too large");
  }
  field = json.get<Integer>();
}

void read(const Json& json, const char* name, double& field) {
  if (!json.is_number()) {
    refuse(name, "is no number");
  }
  field = json.get<double>();
}

void read(const Json& json, const char* name, std::map<std::string, double>& field) {
  if (!json.is_object()) {
    refuse(name, "is no object");
  }
  for (const auto& [key, value] : json.items()) {
    read(value, name, field[key]);
  }
}

void require(bool holds, const char* name) {
  if (!holds) {
    refuse(name, "is beyond what a run can have");
  }
}

constexpr std::int64_t kMostSteps = std::int64_t{1} << 53;
constexpr int kMostPixels = 1 << 16;
constexpr int kMostSamples = 1 << 24;
constexpr double kMostRateFactor = 1e6;
constexpr double kMostSeconds = 1e12;

/// What later arithmetic rests on.
void require_sane(const SavedRun& run) {
  const RunState& state = run.state;
  const TrainingSize& size = run.size.size;
  const auto count = [](std::int64_t value) { return value >= 0 && value <= kMostSteps; };
  const auto factor = [](double value) { return value > 0 && value <= kMostRateFactor; };
  require(count(state.step), "step");
  require(state.cursor <= std::uint64_t{1} << 62U, "cursor");
  require(state.pixels >= 0 && state.pixels <= std::int64_t{1} << 62U, "pixels");
  require(state.seconds >= 0 && state.seconds <= kMostSeconds, "seconds");
  require(size.lq_size >= 0 && size.lq_size <= kMostPixels, "lq_size");
  require(size.batch_size >= 0 && size.batch_size <= kMostSamples, "batch_size");
  require(run.size.micro_batch >= 0 && run.size.micro_batch <= kMostSamples, "micro_batch");
  require(count(state.skipped) && count(run.adjustments) && count(state.ooms), "counters");
  require(factor(run.ramp.from) && factor(run.ramp.to), "ramp_from or ramp_to");
  require(count(run.ramp.start), "ramp_start");
  require(state.validated_step >= -1 && state.validated_step <= state.step, "validated_step");
  require(state.validation_tile >= 0 && state.validation_tile <= kMostPixels, "validation_tile");
}

}  // namespace

nlohmann::ordered_json to_json(const SavedRun& run) {
  Json json;
  visit_fields(run, [&](const char* name, const auto& field) { json[name] = field; });
  const RunState& state = run.state;
  json["pixels"] = state.pixels;
  json["seconds"] = state.seconds;
  json["best_score"] = state.best_score ? Json(*state.best_score) : nullptr;
  json["best_rule"] = state.best_rule;
  json["best_rules"] = state.best_rules;
  return json;
}

SavedRun saved_run_from_json(const nlohmann::ordered_json& json) {
  try {
    SavedRun run;
    visit_fields(run, [&](const char* name, auto& field) { read(json.at(name), name, field); });
    RunState& state = run.state;
    if (!json.at("best_score").is_null()) {
      read(json.at("best_score"), "best_score", state.best_score.emplace());
    }
    // The rest is not in states of earlier versions.
    if (json.contains("pixels")) {
      read(json.at("pixels"), "pixels", state.pixels);
      read(json.at("seconds"), "seconds", state.seconds);
    }
    if (json.contains("best_rule")) {
      json.at("best_rule").get_to(state.best_rule);
      json.at("best_rules").get_to(state.best_rules);
    }
    require_sane(run);
    return run;
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError(std::string("training state: ") + error.what());
  }
}

}  // namespace sr
