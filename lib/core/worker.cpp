#include "core/worker.h"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "core/host.h"

namespace sr {

struct Worker::State {
  /// Runs until a stop is asked for; a job that was submitted before is still done.
  void work(const std::stop_token& stop) {
    work_in_background();
    std::unique_lock lock(mutex);
    while (changed.wait(lock, stop, [this] { return static_cast<bool>(job); })) {
      std::function<void()> current = std::exchange(job, nullptr);
      lock.unlock();
      std::exception_ptr thrown;
      try {
        current();
      } catch (...) {  // of any type: it goes to the owner's thread
        thrown = std::current_exception();
      }
      current = nullptr;
      lock.lock();
      failure = std::move(thrown);
      busy = false;
      changed.notify_all();
    }
  }

  std::mutex mutex;
  std::condition_variable_any changed;  ///< `job` or `busy` did
  std::function<void()> job;            ///< submitted and not yet begun
  bool busy = false;
  std::exception_ptr failure;
  std::jthread thread;  ///< last: joined before the rest is gone
};

Worker::Worker() : state_(std::make_unique<State>()) {
  state_->thread =
      std::jthread([state = state_.get()](const std::stop_token& stop) { state->work(stop); });
}

Worker::~Worker() = default;

void Worker::submit(std::function<void()> job) {
  finish();
  const std::scoped_lock lock(state_->mutex);
  state_->job = std::move(job);
  state_->busy = true;
  state_->changed.notify_all();
}

void Worker::finish() {
  if (const std::exception_ptr failure = wait()) {
    std::rethrow_exception(failure);
  }
}

std::exception_ptr Worker::wait() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return !state_->busy; });
  return std::exchange(state_->failure, nullptr);
}

}  // namespace sr
