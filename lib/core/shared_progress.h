#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>

namespace sr {

/// Counts work that several threads do and tells a listener how far it has come, from whichever
/// thread is free to: never two at once, and no thread waits for another to be done telling.
class SharedProgress {
 public:
  using Listener = std::function<void(std::size_t done, std::size_t total)>;

  /// An empty listener is allowed.
  SharedProgress(std::size_t total, Listener listener);

  void add_one();
  /// For one thread, after all calls of add_one(): the listener's last call has done == total. None
  /// at all when there is nothing to do.
  void finish();

 private:
  const std::size_t total_;
  const Listener listener_;
  std::atomic<std::size_t> done_{0};
  std::mutex telling_;
  std::size_t told_ = 0;  ///< guarded by telling_
};

}  // namespace sr
