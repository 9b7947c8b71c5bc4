#include "automation/recompute_choice.h"

#include <algorithm>
#include <utility>

namespace sr {

void RecomputeChoice::turn_on() {
  on_ = true;
  trial_.reset();
}

void RecomputeChoice::begin(Trial trial) {
  on_ = true;
  trial_ = std::move(trial);
}

RecomputeChoice::Verdict RecomputeChoice::judge(double activations) {
  Verdict verdict;
  verdict.gain = trial_->activations / std::max(activations, 1.0);
  verdict.on = on_ = verdict.gain >= kLeastGain;
  judged_ = true;
  trial_.reset();
  return verdict;
}

void RecomputeChoice::break_off() {
  on_ = false;
  trial_.reset();
}

Json RecomputeChoice::state() const {
  Json json{{"on", on_}, {"judged", judged_}, {"trial", nullptr}};
  if (trial_) {
    json["trial"] = {{"size", trial_->size},
                     {"activations", trial_->activations},
                     {"model", trial_->model},
                     {"frontier", trial_->frontier}};
  }
  return json;
}

bool RecomputeChoice::restore(const Json& state) {
  on_ = judged_ = false;
  trial_.reset();
  if (state.is_null()) {
    return true;
  }
  state.at("judged").get_to(judged_);
  const bool on = state.at("on").get<bool>();
  if (on && !allowed_) {
    return false;
  }
  on_ = on;
  if (const auto& saved = state.at("trial"); on && !saved.is_null()) {
    trial_ = Trial{saved.at("size").get<TrainingSize>(), saved.at("activations").get<double>(),
                   saved.at("model"), saved.at("frontier")};
  }
  return true;
}

}  // namespace sr
