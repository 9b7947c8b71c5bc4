#pragma once

#include <functional>
#include <memory>

namespace sr {

/// One background thread that writes one job at a time, so that training stops only for the staging
/// copy. submit() first waits for the job before it, so at most one staged copy is alive; an
/// exception of a job is rethrown by the next submit() or finish(). For use from one thread.
///
///   writer.submit([staged = stage(model)] { write_safetensors(path, staged); });
class AsyncWriter {
 public:
  AsyncWriter();
  ~AsyncWriter();  ///< waits for the running job; its exception, if any, is dropped: finish() first
  /// Starts `job`. If the job before it failed, throws that failure and does not take `job`: the
  /// failure is then forgotten and submit() may be called again.
  void submit(std::function<void()> job);
  /// Waits until nothing is left to write; throws the failure of the last job.
  void finish();
  /// True while a job runs. A job's captures are released before this turns false.
  bool busy() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sr
