#include "core/signals.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace sr {
namespace {

enum class Kind {
  kUrgent,  ///< its second one ends the process
  kNotice,
  kUnused,  ///< a notice, unless it is ignored (nohup) or something else waits for it (a profiler)
};

struct Caught {
  int number;
  std::string_view name;
  Kind kind;
  struct sigaction before {};
};

// Signal handlers can reach nothing but objects of static storage.
std::array signals{
    Caught{SIGINT, "SIGINT", Kind::kUrgent},   Caught{SIGTERM, "SIGTERM", Kind::kUrgent},
    Caught{SIGQUIT, "SIGQUIT", Kind::kUrgent}, Caught{SIGUSR1, "SIGUSR1", Kind::kNotice},
    Caught{SIGUSR2, "SIGUSR2", Kind::kNotice}, Caught{SIGXCPU, "SIGXCPU", Kind::kNotice},
    Caught{SIGHUP, "SIGHUP", Kind::kUnused},   Caught{SIGPWR, "SIGPWR", Kind::kUnused},
    Caught{SIGALRM, "SIGALRM", Kind::kUnused}, Caught{SIGVTALRM, "SIGVTALRM", Kind::kUnused},
    Caught{SIGPROF, "SIGPROF", Kind::kUnused}};
std::atomic<int> first_signal{0};
std::atomic<std::int64_t> first_urgent_ms{0};
static_assert(std::atomic<int>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free);

constexpr std::int64_t kSameSignalMs = 500;

std::int64_t now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000 + 1;  // never 0
}

void on_notice(int number) {
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
}

void on_urgent(int number) {
  const int error = errno;
  const std::int64_t now = now_ms();
  std::int64_t first = 0;
  if (!first_urgent_ms.compare_exchange_strong(first, now) && now - first > kSameSignalMs) {
    _exit(128 + number);
  }
  on_notice(number);
  errno = error;
}

}  // namespace

StopSignals::StopSignals() {
  first_signal = 0;
  first_urgent_ms = 0;
  for (Caught& caught : signals) {
    ::sigaction(caught.number, nullptr, &caught.before);
    if (caught.kind != Kind::kUnused || caught.before.sa_handler == SIG_DFL) {
      struct sigaction action {};
      action.sa_handler = caught.kind == Kind::kUrgent ? on_urgent : on_notice;
      action.sa_flags = SA_RESTART;
      ::sigaction(caught.number, &action, nullptr);
    }
  }
}

StopSignals::~StopSignals() {
  for (const Caught& caught : signals) {
    ::sigaction(caught.number, &caught.before, nullptr);
  }
}

std::optional<ExitCode> StopSignals::requested() const {
  const int number = first_signal;
  if (number == 0) {
    return std::nullopt;
  }
  return number == SIGINT ? ExitCode::kInterrupted : ExitCode::kTerminated;
}

std::string_view StopSignals::name() const {
  for (const Caught& caught : signals) {
    if (caught.number == first_signal) {
      return caught.name;
    }
  }
  return {};
}

}  // namespace sr
