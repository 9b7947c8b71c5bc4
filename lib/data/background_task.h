#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace sr {

/// One thread that runs one task at a time for its owner, without starting a thread per task.
class BackgroundTask {
 public:
  BackgroundTask();
  /// Waits for a running task.
  ~BackgroundTask();
  BackgroundTask(const BackgroundTask&) = delete;
  BackgroundTask& operator=(const BackgroundTask&) = delete;

  /// Begins a task. The one before must have been waited for.
  void start(std::function<void()> task);
  /// Returns when no task is running; what the last one threw, or null.
  std::exception_ptr wait();

 private:
  void work(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any started_;
  std::condition_variable finished_;
  std::function<void()> task_;  ///< empty: nothing to do
  std::exception_ptr failure_;
  std::jthread thread_;
};

}  // namespace sr
