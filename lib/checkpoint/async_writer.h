#pragma once

#include <functional>
#include <memory>

namespace sr {

/// One background thread that writes one job at a time, so that training stops only for the staging copy.
/// submit() first waits for the job before it; an exception of a job is rethrown by the next submit() or finish().
class AsyncWriter {
 public:
  AsyncWriter();
  ~AsyncWriter();  ///< waits for the running job; its exception, if any, is dropped: call finish() first
  void submit(std::function<void()> job);
  /// Waits until nothing is left to write.
  void finish();
  bool busy() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sr
