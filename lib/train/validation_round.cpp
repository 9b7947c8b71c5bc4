#include "train/validation_round.h"

#include <fmt/format.h>

#include <exception>
#include <limits>
#include <utility>

#include "config/monitored_metric.h"
#include "dist/errors.h"

namespace sr {

ValidationRound::ValidationRound(const TrainerParts& parts, const TrainerStart& start,
                                 RunState& state, Saver& saver)
    : parts_(parts), start_(start), state_(state), saver_(saver) {}

bool ValidationRound::due() const {
  return state_.is_due(parts_.config.val.val_freq);
}

bool ValidationRound::is_missing() const {
  return state_.step > 0 && due() && state_.validated_step != state_.step;
}

void ValidationRound::run() {
  if (parts_.config.val.val_enabled && !parts_.validation_sets.empty()) {
    Automations::Scores all_scores;
    for (const ValidationSet& set : parts_.validation_sets) {
      ValidationScores scores = scores_of(set);
      if (scores.interrupted) {
        return;
      }
      enter_scores(set, scores);
      all_scores.push_back(std::move(scores.metrics));
    }
    const int tile = parts_.scorer.tile_size();
    state_.validation_tile = tile == parts_.config.val.tile_size ? 0 : tile;
    if (due()) {
      for (const EventData& event :
           parts_.automations.validated(state_.step, parts_.sizes.growing(), all_scores)) {
        parts_.report(state_.step, event);
      }
    }
    parts_.memory.reset_peak();
    saver_.forget();  // a state of this step that is on disk knows nothing of it
  }
  state_.validated_step = state_.step;
}

ValidationScores ValidationRound::scores_of(const ValidationSet& set) {
  Scorer::Listener listener;
  listener.stop_wanted = [this] { return parts_.stop_requested().has_value(); };
  listener.on_out_of_memory = [this](const OutOfMemoryEvent& event) {
    ++state_.ooms;
    parts_.report(state_.step, event);
  };
  listener.on_warning = [this](const WarningEvent& event) { parts_.report(state_.step, event); };
  try {
    return parts_.scorer.run(set, state_.step, listener);
  } catch (const SharedError&) {
    throw;
  } catch (const RankLostError&) {
    throw;
  } catch (const RanksPartedError&) {
    throw;
  } catch (const std::exception& error) {
    parts_.report(state_.step, WarningEvent{fmt::format("{} has no scores at this step: {}",
                                                        set.config.name, error.what()),
                                            ""});
  }
  ValidationScores none;
  for (const MetricConfig& metric : parts_.config.val.metrics) {
    none.metrics.emplace_back(metric.key, std::numeric_limits<double>::quiet_NaN());
  }
  return none;
}

void ValidationRound::enter_scores(const ValidationSet& set, const ValidationScores& scores) {
  const std::vector<MetricConfig>& metrics = parts_.config.val.metrics;
  const std::size_t by = best_metric(parts_.config.val);
  const bool decides =
      &set == &parts_.validation_sets.front() && !scores.metrics.empty() &&
      state_.is_best(scores.metrics.at(by).second, metrics.at(by).higher_is_better);
  if (decides) {
    const double score = scores.metrics.at(by).second;
    saver_.save_best({start_.best_rule, score, state_.step});
    state_.best_score = score;  // not before its weights are on their way
    state_.best_rule = start_.best_rule;
  }
  state_.record_scores(set.config.name, scores.metrics, metrics);
  ValidationEvent event;
  event.dataset = set.config.name;
  event.metrics = scores.metrics;
  event.best = state_.best_score.value_or(std::numeric_limits<double>::quiet_NaN());
  event.seconds = scores.seconds;
  event.tile_size = scores.tile_size;
  event.is_best = decides;
  event.images = scores.images;
  parts_.report(state_.step, event);
}

}  // namespace sr
