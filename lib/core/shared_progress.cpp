#include "core/shared_progress.h"

#include <utility>

namespace sr {

SharedProgress::SharedProgress(std::size_t total, Listener listener)
    : total_(total), listener_(std::move(listener)) {}

void SharedProgress::add_one() {
  ++done_;
  if (!listener_) {
    return;
  }
  const std::unique_lock lock(telling_, std::try_to_lock);
  if (!lock) {
    return;
  }
  const std::size_t done = done_;  // read under the lock, so that the listener never sees it fall
  if (done > told_) {
    told_ = done;
    listener_(done, total_);
  }
}

void SharedProgress::finish() {
  const std::lock_guard lock(telling_);
  if (listener_ && told_ < total_) {
    told_ = total_;
    listener_(total_, total_);
  }
}

}  // namespace sr
