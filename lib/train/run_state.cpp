#include "train/run_state.h"

#include "core/error.h"

namespace sr {

bool RunState::record_scores(const std::string& set,
                             const std::vector<std::pair<std::string, double>>& scores,
                             const std::vector<MetricConfig>& metrics, bool first_set) {
  bool new_best = false;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto better = [&](double old) {
      return metrics[i].higher_is_better ? scores[i].second > old : scores[i].second < old;
    };
    const std::string key = set + "/" + scores[i].first;
    const auto known = best.find(key);
    if (known == best.end() || better(known->second)) {
      best[key] = scores[i].second;
    }
    if (first_set && i == 0 && (!best_score || better(*best_score))) {
      best_score = scores[i].second;
      new_best = true;
    }
  }
  return new_best;
}

namespace {

/// Every field that a training state holds, once: visit(name, field).
template <typename State, typename Visit>
void visit_fields(State& state, Visit visit) {
  visit("step", state.step);
  visit("cursor", state.cursor);
  visit("lq_size", state.size.lq_size);
  visit("batch_size", state.size.batch_size);
  visit("micro_batch", state.micro_batch);
  visit("skipped", state.skipped);
  visit("adjustments", state.adjustments);
  visit("ooms", state.ooms);
  visit("ramp_from", state.ramp_from);
  visit("ramp_to", state.ramp_to);
  visit("ramp_start", state.ramp_start);
  visit("best", state.best);
  visit("validated_step", state.validated_step);
  visit("validation_tile", state.validation_tile);
}

}  // namespace

nlohmann::ordered_json to_json(const RunState& state) {
  nlohmann::ordered_json json;
  visit_fields(state, [&](const char* name, const auto& field) { json[name] = field; });
  json["best_score"] = state.best_score ? nlohmann::ordered_json(*state.best_score) : nullptr;
  return json;
}

RunState run_state_from_json(const nlohmann::ordered_json& json) {
  try {
    RunState state;
    visit_fields(state, [&](const char* name, auto& field) { json.at(name).get_to(field); });
    if (!json.at("best_score").is_null()) {
      state.best_score = json.at("best_score").get<double>();
    }
    return state;
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError(std::string("training state: ") + error.what());
  }
}

}  // namespace sr
