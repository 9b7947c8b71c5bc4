#pragma once

#include <optional>
#include <string>

#include "checkpoint/best_record.h"
#include "train/run_state.h"

namespace sr {

/// What becomes of net_g_best when a run goes on.
struct BestDecision {
  std::optional<double> score;  ///< of what net_g_best holds from here on; empty: nothing
  bool put_aside = false;       ///< the file there is of another past or another rule: keep it
                                ///< elsewhere, a new one begins
  std::string warning;          ///< what a user should know; may be empty
};

/// Decides by the file there is, not by the state alone: a score counts only together with the
/// weights that have it. `rule` is that of this run (best_rule()). `back` says that an older state
/// was asked for, so that files after it are of a past that is left; without it a file that is
/// newer than the state is what the same steps will lead to again, and stays.
BestDecision decide_best(const RunState& state, const std::optional<BestFile>& file,
                         const std::string& rule, bool back);

}  // namespace sr
