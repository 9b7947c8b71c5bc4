#pragma once

#include <cstdint>
#include <optional>

#include "dist/ranks.h"
#include "train/agreement.h"
#include "train/rank_sums.h"
#include "train/shared_stop.h"

namespace sr {

/// The agreement of the ranks of a run. Each says how its attempt went; when one was refused
/// memory, all go by that rank's reading, else by that of the tightest device there could be, and
/// add up what they computed. So every rank decides the same from the same numbers, and no decision
/// is sent. The weights of all stay equal to the bit.
class RankAgreement final : public Agreement {
 public:
  /// Everything is the caller's. `cuda`: an exchange that breaks off may leave queued work that
  /// waits for ever.
  RankAgreement(Ranks& ranks, RankSums& sums, SharedStop& stop, bool cuda);

  /// Throws SharedError when another rank has failed, RankLostError, RanksPartedError; the own
  /// attempt has been given back then, unless the state is not intact.
  Attempt agree(Attempt own, const StepPlace& place, Step& step) override;
  double common_seconds(double /*own*/) const override { return seconds_; }
  bool state_is_intact() const override { return intact_; }
  std::optional<RanksProgress> take_progress(std::int64_t steps, double step_ms) override;

 private:
  Ballot ballot_of(const Attempt& own, const StepPlace& place) const;
  Attempt act_on(Attempt& own, const StepPlace& place, Step& step);
  Attempt fail(Attempt& own, const Verdict& verdict, Step& step);
  Attempt join(Attempt& own, const Verdict& verdict);

  Ranks& ranks_;
  RankSums& sums_;
  SharedStop& stop_;
  bool cuda_;
  bool intact_ = true;
  double seconds_ = 0;  ///< of the first rank at the last vote
};

}  // namespace sr
