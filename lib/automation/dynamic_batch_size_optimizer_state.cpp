// DynamicBatchSizeOptimizer to and from the checkpoint.

#include <algorithm>

#include "automation/dynamic_batch_size_optimizer.h"
#include "core/error.h"

namespace sr {

Json DynamicBatchSizeOptimizer::settings_state() const {
  return {{"target_vram_usage", settings_.target_vram_usage},
          {"safety_margin", settings_.safety_margin},
          {"ceiling", settings_.ceiling},
          {"minimum", limits_.minimum()},
          {"maximum", limits_.maximum()}};
}

Json DynamicBatchSizeOptimizer::state() const {
  Json json{{"environment", settings_.environment},
            {"size", size_},
            {"settings", settings_state()},
            {"counters",
             {{"windows", counters_.windows},
              {"adjustments", counters_.adjustments},
              {"ooms", counters_.ooms},
              {"soft_failures", counters_.soft_failures}}},
            {"said", said_},
            {"model", model_.state()},
            {"confidence", confidence_.state()},
            {"frontier", frontier_.state()},
            {"proven", proven_.state()},
            {"ladder", ladder_.state()},
            {"recompute", recompute_.state()},
            {"fragmentation", fragmentation_},
            {"fragmentation_pixels", fragmentation_pixels_},
            {"most_pixels", limits_.most_pixels()},
            {"windows_with_retries", windows_with_retries_},
            {"failed_in_window", failed_in_window_},
            {"fragmented", fragmented_},
            {"hold",
             {{"windows_left", hold_.windows_left},
              {"next_length", hold_.next_length},
              {"lost_pixels", hold_.lost_pixels}}},
            {"rest", nullptr}};
  if (rest_) {
    json["rest"] = {{"usage", rest_->usage}, {"external", rest_->external}};
  }
  return json;
}

bool DynamicBatchSizeOptimizer::restore(const Json& state) {
  DynamicBatchSizeOptimizer fresh(settings_);
  bool same_environment = false;
  try {
    const auto& counters = state.at("counters");
    counters.at("windows").get_to(fresh.counters_.windows);
    counters.at("adjustments").get_to(fresh.counters_.adjustments);
    counters.at("ooms").get_to(fresh.counters_.ooms);
    counters.at("soft_failures").get_to(fresh.counters_.soft_failures);
    state.at("said").get_to(fresh.said_);
    const auto last = state.at("size").get<TrainingSize>();
    const TrainingSize configured = settings_.configured;
    same_environment = state.at("environment").get<std::string>() == settings_.environment &&
                       fresh.recompute_.restore(state.value("recompute", Json()));
    if (same_environment) {
      fresh.size_ = limits_.at_most(last);
      fresh.restore_evidence(state);
    } else {
      fresh.size_ = limits_.at_most({std::min(last.lq_size, configured.lq_size),
                                     std::min(last.batch_size, configured.batch_size)});
    }
  } catch (const Json::exception& error) {
    throw CheckpointError(std::string("state of the size optimizer: ") + error.what());
  }
  *this = std::move(fresh);
  return same_environment;
}

void DynamicBatchSizeOptimizer::restore_evidence(const Json& state) {
  model_.restore(state.at("model"));
  confidence_.restore(state.at("confidence"));
  frontier_.restore(state.at("frontier"));
  proven_.restore(state.at("proven"));
  ladder_.restore(state.at("ladder"));
  state.at("fragmentation").get_to(fragmentation_);
  fragmentation_pixels_ = state.value("fragmentation_pixels", std::int64_t{0});
  limits_.set_most_pixels(state.value("most_pixels", SizeLimits::kAnyPixels));
  state.at("windows_with_retries").get_to(windows_with_retries_);
  state.at("failed_in_window").get_to(failed_in_window_);
  state.at("fragmented").get_to(fragmented_);
  const auto& hold = state.at("hold");
  hold.at("windows_left").get_to(hold_.windows_left);
  hold.at("next_length").get_to(hold_.next_length);
  hold.at("lost_pixels").get_to(hold_.lost_pixels);
  const auto& rest = state.at("rest");
  if (!rest.is_null() &&
      state.at("settings") == settings_state()) {  // an edited target is to be sought anew
    rest_ = Rest{rest.at("usage").get<double>(), rest.at("external").get<std::int64_t>()};
  }
}

}  // namespace sr
