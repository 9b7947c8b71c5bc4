#pragma once

#include <cstdint>
#include <optional>

namespace sr {

/// How long a thread has run and how long it was ready to run but had to wait for a processor,
/// since it was started.
struct ThreadTimes {
  std::int64_t ran_ns = 0;
  std::int64_t waited_ns = 0;
};

/// Reads the times of the thread that made the reader (/proc/thread-self/schedstat), a few
/// microseconds each.
class ThreadTimesReader {
 public:
  ThreadTimesReader();
  ~ThreadTimesReader();
  ThreadTimesReader(const ThreadTimesReader&) = delete;
  ThreadTimesReader& operator=(const ThreadTimesReader&) = delete;

  /// Nothing where the kernel does not keep these times.
  std::optional<ThreadTimes> read() const;

 private:
  int file_;
};

/// Whether others want the processors that a thread needs, from its times: the share of the time it
/// was ready in which it waited. It takes more than kEnter of a short time to call the processors
/// contended, and less than kLeave of a long time to call them free again: a thread that sleeps
/// instead of waiting busily has little to wait for, although others are still there.
class CpuContention {
 public:
  static constexpr double kEnter = 0.10;
  static constexpr double kLeave = 0.03;
  static constexpr std::int64_t kEnterAfterNs = 200'000'000;
  static constexpr std::int64_t kLeaveAfterNs = 2'000'000'000;

  /// The thread's times now; the first call only begins the measurement.
  void add(const ThreadTimes& now);
  bool contended() const { return contended_; }
  /// Share of the last complete measurement, 0 to 1.
  double share() const { return share_; }

 private:
  std::optional<ThreadTimes> begin_;
  bool contended_ = false;
  double share_ = 0;
};

}  // namespace sr
