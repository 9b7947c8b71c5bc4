#include "core/signals.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "support/catch.h"

namespace {

using sr::ExitCode;
using sr::StopSignals;

/// Runs `child` in a process of its own; its exit status, 128 + number after a signal.
int status_of(const std::function<int()>& child) {
  const pid_t id = ::fork();
  if (id == 0) {
    ::_exit(child());
  }
  int status = 0;
  ::waitpid(id, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void wait_a_little() {
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
}

}  // namespace

TEST_CASE("every signal that asks for the end is remembered with its exit code", "[core]") {
  struct Row {
    int number;
    ExitCode code;
    const char* name;
  };
  const auto row = GENERATE(
      Row{SIGINT, ExitCode::kInterrupted, "SIGINT"}, Row{SIGTERM, ExitCode::kTerminated, "SIGTERM"},
      Row{SIGHUP, ExitCode::kTerminated, "SIGHUP"}, Row{SIGUSR1, ExitCode::kTerminated, "SIGUSR1"},
      Row{SIGUSR2, ExitCode::kTerminated, "SIGUSR2"},
      Row{SIGXCPU, ExitCode::kTerminated, "SIGXCPU"},
      Row{SIGQUIT, ExitCode::kTerminated, "SIGQUIT"}, Row{SIGPWR, ExitCode::kTerminated, "SIGPWR"},
      Row{SIGALRM, ExitCode::kTerminated, "SIGALRM"},
      Row{SIGVTALRM, ExitCode::kTerminated, "SIGVTALRM"},
      Row{SIGPROF, ExitCode::kTerminated, "SIGPROF"});
  const StopSignals signals;
  CHECK_FALSE(signals.requested());
  CHECK(signals.name().empty());
  ::raise(row.number);
  CHECK(signals.requested() == row.code);
  CHECK(signals.name() == row.name);
}

TEST_CASE("the first signal decides about the exit code", "[core]") {
  const StopSignals signals;
  ::raise(SIGUSR1);
  ::raise(SIGINT);
  CHECK(signals.requested() == ExitCode::kTerminated);
}

TEST_CASE("a signal that comes twice at once is one and a later one ends the process", "[core]") {
  CHECK(status_of([] {
          const StopSignals signals;
          ::raise(SIGINT);
          ::raise(SIGTERM);
          return 7;
        }) == 7);
  CHECK(status_of([] {
          const StopSignals signals;
          ::raise(SIGINT);
          wait_a_little();
          ::raise(SIGTERM);
          return 7;
        }) == 128 + SIGTERM);
}

TEST_CASE("notices end nothing at once, before or after another signal", "[core]") {
  CHECK(status_of([] {
          const StopSignals signals;
          ::raise(SIGXCPU);
          wait_a_little();
          ::raise(SIGXCPU);  // comes every second once the soft limit is reached
          ::raise(SIGTERM);
          wait_a_little();
          ::raise(SIGHUP);
          return 7;
        }) == 7);
}

TEST_CASE("a hang-up that nohup has told to ignore stays ignored", "[core]") {
  CHECK(status_of([] {
          ::signal(SIGHUP, SIG_IGN);
          const StopSignals signals;
          ::raise(SIGHUP);
          return signals.requested() ? 1 : 7;
        }) == 7);
}

TEST_CASE("a timer that something else waits for stays its own", "[core]") {
  CHECK(status_of([] {
          static volatile std::sig_atomic_t heard = 0;
          ::signal(SIGPROF, [](int) { heard = 1; });
          const StopSignals signals;
          ::raise(SIGPROF);
          return heard == 1 && !signals.requested() ? 7 : 1;
        }) == 7);
}

TEST_CASE("signals do afterwards what they did before", "[core]") {
  CHECK(status_of([] {
          { const StopSignals signals; }
          ::raise(SIGUSR1);
          return 7;
        }) == 128 + SIGUSR1);
}
