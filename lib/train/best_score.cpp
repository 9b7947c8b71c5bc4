#include "train/best_score.h"

#include <fmt/format.h>

namespace sr {
namespace {

BestDecision begin_anew(bool put_aside, const std::string& reason) {
  return {std::nullopt, put_aside, reason + ": the best weights are found anew from here"};
}

}  // namespace

BestDecision decide_best(const RunState& state, const std::optional<BestFile>& file,
                         const std::string& rule, bool back) {
  if (rule.empty()) {
    return {state.best_score, false, ""};  // nothing is validated: all stays as it is
  }
  if (!file) {
    return state.best_score ? begin_anew(false,
                                         "the weights of the state's best score are not in "
                                         "this folder (models/net_g_best)")
                            : BestDecision{};
  }
  if (file->record) {
    const BestRecord& record = *file->record;
    if (record.rule != rule) {
      return begin_anew(true, fmt::format("{} was chosen by another metric or other images ({})",
                                          file->path.filename().string(), record.rule));
    }
    if (back && record.step > state.step) {
      return begin_anew(true,
                        fmt::format("{} ({:.4f}) is of step {}, after this state",
                                    file->path.filename().string(), record.score, record.step));
    }
    return {record.score, false, ""};
  }
  // Written before scores were kept in the file: what the state says is all there is.
  const bool other_rule = !state.best_rule.empty() && state.best_rule != rule;
  if (back || other_rule || !state.best_score) {
    return begin_anew(
        true, fmt::format("it is not known how good {} is", file->path.filename().string()));
  }
  return {state.best_score, false, ""};
}

}  // namespace sr
