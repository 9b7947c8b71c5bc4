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

nlohmann::ordered_json to_json(const RunState& state) {
  nlohmann::ordered_json json{
      {"step", state.step},
      {"cursor", state.cursor},
      {"lq_size", state.size.lq_size},
      {"batch_size", state.size.batch_size},
      {"micro_batch", state.micro_batch},
      {"skipped", state.skipped},
      {"adjustments", state.adjustments},
      {"ooms", state.ooms},
      {"ramp_from", state.ramp_from},
      {"ramp_to", state.ramp_to},
      {"ramp_start", state.ramp_start},
      {"best", state.best},
      {"validated_step", state.validated_step},
      {"validation_tile", state.validation_tile},
  };
  json["best_score"] = state.best_score ? nlohmann::ordered_json(*state.best_score) : nullptr;
  return json;
}

RunState run_state_from_json(const nlohmann::ordered_json& json) {
  try {
    RunState state;
    json.at("step").get_to(state.step);
    json.at("cursor").get_to(state.cursor);
    json.at("lq_size").get_to(state.size.lq_size);
    json.at("batch_size").get_to(state.size.batch_size);
    json.at("micro_batch").get_to(state.micro_batch);
    json.at("skipped").get_to(state.skipped);
    json.at("adjustments").get_to(state.adjustments);
    json.at("ooms").get_to(state.ooms);
    json.at("ramp_from").get_to(state.ramp_from);
    json.at("ramp_to").get_to(state.ramp_to);
    json.at("ramp_start").get_to(state.ramp_start);
    json.at("best").get_to(state.best);
    json.at("validated_step").get_to(state.validated_step);
    json.at("validation_tile").get_to(state.validation_tile);
    if (!json.at("best_score").is_null()) {
      state.best_score = json.at("best_score").get<double>();
    }
    return state;
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError(std::string("training state: ") + error.what());
  }
}

}  // namespace sr
