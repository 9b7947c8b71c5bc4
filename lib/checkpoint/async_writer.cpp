#include "checkpoint/async_writer.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace sr {

struct AsyncWriter::State {
  /// Runs until a stop is asked for; a job that was submitted before is still done.
  void work(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (changed.wait(lock, stop, [this] { return static_cast<bool>(job); })) {
      std::function<void()> current = std::exchange(job, nullptr);
      lock.unlock();
      std::exception_ptr thrown;
      try {
        current();
      } catch (...) {  // of any type: it goes to the thread that submits
        thrown = std::current_exception();
      }
      current = nullptr;
      lock.lock();
      failure = std::move(thrown);
      busy = false;
      changed.notify_all();
    }
  }

  /// Throws the failure of the job before, once.
  void wait_until_idle(std::unique_lock<std::mutex>& lock) {
    changed.wait(lock, [this] { return !busy; });
    if (failure) {
      std::rethrow_exception(std::exchange(failure, nullptr));
    }
  }

  mutable std::mutex mutex;
  std::condition_variable_any changed;  ///< `job` or `busy` did
  std::function<void()> job;            ///< submitted and not yet begun
  bool busy = false;
  std::exception_ptr failure;
  std::jthread thread;  ///< last: joined before the rest is gone
};

AsyncWriter::AsyncWriter() : state_(std::make_unique<State>()) {
  state_->thread =
      std::jthread([state = state_.get()](const std::stop_token& stop) { state->work(stop); });
}

AsyncWriter::~AsyncWriter() = default;

void AsyncWriter::submit(std::function<void()> job) {
  std::unique_lock lock(state_->mutex);
  state_->wait_until_idle(lock);
  state_->job = std::move(job);
  state_->busy = true;
  state_->changed.notify_all();
}

void AsyncWriter::finish() {
  std::unique_lock lock(state_->mutex);
  state_->wait_until_idle(lock);
}

bool AsyncWriter::busy() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->busy;
}

}  // namespace sr
