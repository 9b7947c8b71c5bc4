#pragma once

#include <exception>
#include <functional>
#include <memory>

namespace sr {

/// One background thread that does one job at a time for its owner, without starting a thread per
/// job. What a job throws comes out of the next submit(), finish() or wait(), once. For use from
/// one thread.
///
///   writer.submit([staged = stage(model)] { write_safetensors(path, staged); });
class Worker {
 public:
  Worker();
  ~Worker();  ///< waits for the running job; its exception, if any, is dropped: finish() first

  /// Waits for the job before and starts this one, so that at most one holds its captures. If the
  /// one before failed, throws that failure and does not take `job`: submit() may be called again.
  /// Allocates nothing for a `job` that captures no more than two pointers.
  void submit(std::function<void()> job);
  /// Waits until no job is running and its captures are gone; throws the failure of the last one.
  void finish();
  /// finish() that returns the failure, or null.
  std::exception_ptr wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sr
