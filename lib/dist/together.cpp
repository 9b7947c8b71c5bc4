#include "dist/together.h"

#include <fmt/format.h>

#include "dist/errors.h"

namespace sr {
namespace {

constexpr std::int64_t kBetweenSteps = -1;  ///< Ballot::step, unlike that of any attempt

/// With the name of its rank, unless that is the one which speaks for all.
std::string text_of(const Ranks& ranks, int rank, const std::string& message) {
  return rank == 0 ? message : fmt::format("{}: {}", ranks.roster().name_of(rank), message);
}

[[noreturn]] void throw_shared(Ranks& ranks, const Verdict& verdict, const std::string& own) {
  const std::string text = ranks.from(verdict.rank, own);
  throw SharedError(static_cast<ExitCode>(verdict.detail), text_of(ranks, verdict.rank, text));
}

}  // namespace

void together(Ranks& ranks, const std::function<void()>& work) {
  if (ranks.alone()) {
    work();
    return;
  }
  ExitCode code = ExitCode::kDone;
  std::string message;
  try {
    work();
  } catch (const SharedError&) {
    throw;
  } catch (const RankLostError&) {
    throw;
  } catch (const Error& error) {
    code = error.exit_code();
    message = error.what();
  } catch (const std::exception& error) {
    code = ExitCode::kUnexpected;
    message = std::string("unexpected error: ") + error.what();
  }
  end_together(ranks, code, message);
}

void end_together(Ranks& ranks, ExitCode code, const std::string& message) {
  Ballot ballot;
  ballot.step = kBetweenSteps;
  if (code != ExitCode::kDone) {
    ballot.outcome = Ballot::Outcome::kFailed;
    ballot.detail = static_cast<std::int64_t>(code);
  }
  const Verdict verdict = agree(ranks.vote_patiently(ballot));
  if (verdict.outcome == Ballot::Outcome::kFailed) {
    throw_shared(ranks, verdict, message);
  }
}

void leave(Ranks& ranks, const Verdict& verdict) {
  throw_shared(ranks, verdict, "");  // of this rank nobody wants one
}

}  // namespace sr
