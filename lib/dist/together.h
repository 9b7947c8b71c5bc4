#pragma once

#include <functional>
#include <string>

#include "dist/ballot.h"
#include "dist/ranks.h"

namespace sr {

// What goes wrong on one rank becomes one error of all: a SharedError, whose message names the rank
// unless it is the first. All ranks call these together, as any exchange.

/// Calls work() and then votes: a rank that is done waits for the others, of which one may fail to
/// the last moment. What work() throws on one rank is thrown on all; what all know already, a
/// SharedError or a RankLostError, passes.
void together(Ranks& ranks, const std::function<void()>& work);

/// The last exchange of a rank. One that fails (`code` is not kDone) answers the vote that the
/// others are in, or will be in; one that is done waits for the others. When any has failed, the
/// error of the lowest that has is thrown on all.
void end_together(Ranks& ranks, ExitCode code, const std::string& message);

/// After a vote of another kind of which the verdict is kFailed: throws the error of the rank that
/// gave up by end_together().
[[noreturn]] void leave(Ranks& ranks, const Verdict& verdict);

}  // namespace sr
