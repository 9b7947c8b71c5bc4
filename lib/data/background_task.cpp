#include "data/background_task.h"

#include <utility>

namespace sr {

BackgroundTask::BackgroundTask() : thread_([this](const std::stop_token& stop) { work(stop); }) {}

BackgroundTask::~BackgroundTask() = default;

void BackgroundTask::start(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    task_ = std::move(task);
    failure_ = nullptr;
  }
  started_.notify_one();
}

std::exception_ptr BackgroundTask::wait() {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return !task_; });
  return std::exchange(failure_, nullptr);
}

void BackgroundTask::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (started_.wait(lock, stop, [this] { return static_cast<bool>(task_); })) {
    lock.unlock();
    std::exception_ptr failure;
    try {
      task_();  // start() changes it only after wait() has seen it empty
    } catch (...) {
      failure = std::current_exception();  // wait() hands it over
    }
    lock.lock();
    failure_ = std::move(failure);
    task_ = nullptr;
    finished_.notify_all();
  }
}

}  // namespace sr
