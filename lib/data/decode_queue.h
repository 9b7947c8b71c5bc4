#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <vector>

#include "data/pair_image.h"

namespace sr {

/// Decodes ahead of a cursor over the endless sequence of samples, and keeps decoded images while
/// they are wanted or fit into the cache. Knows samples and images as numbers only.
///
/// A window of samples [begin, end) is alive: those asked for last, and a bounded number after
/// them. Threads decode the images of the window in the order of its samples, each once however
/// many samples share it. What leaves the window is dropped unless it is cached. What is cached is
/// never evicted: in a data set every image is wanted once a pass, so whatever came first is as
/// good as anything that could take its place.
class DecodeQueue {
 public:
  struct Options {
    int threads = 1;
    std::int64_t cache_bytes = 0;
    /// Decoded bytes outside the cache beyond which nothing that was not yet asked for is decoded.
    std::int64_t ahead_bytes = std::int64_t{512} << 20;
  };
  struct Source {
    /// Called often and with the queue locked: must be quick, must not call back.
    std::function<std::uint64_t(std::uint64_t sample)> image_of;
    /// Called by the decoding threads. May throw: fetch() rethrows it.
    std::function<PairImage(std::uint64_t image)> decode;
  };
  using Item = std::shared_ptr<const PairImage>;

  /// Work since the last call of take_stats().
  struct Stats {
    std::int64_t decoded_pixels = 0;
    double decode_seconds = 0;      ///< summed over the threads
    std::uint64_t samples = 0;      ///< that entered the window
    std::uint64_t from_memory = 0;  ///< those whose image needed no decoding then
  };

  DecodeQueue(const Options& options, Source source);
  /// Ends the threads after the image each is decoding.
  ~DecodeQueue();
  DecodeQueue(const DecodeQueue&) = delete;
  DecodeQueue& operator=(const DecodeQueue&) = delete;

  /// The images of samples [first, first + items.size()), when all are decoded. Samples from
  /// keep_from (<= first) on stay available without decoding them again; any jump is allowed.
  /// Rethrows what decoding the first failed sample threw. One caller at a time.
  void fetch(std::uint64_t first, std::uint64_t keep_from, std::span<Item> items);
  Stats take_stats();

 private:
  enum class State { kWaiting, kDecoding, kReady, kFailed };
  struct Entry {
    State state = State::kWaiting;
    std::uint64_t wanted = 0;  ///< samples of the window that show this image
    bool cached = false;
    Item item;
    std::exception_ptr failure;
  };

  // All called with mutex_ held.
  void move_window(std::uint64_t begin, std::uint64_t end);
  void acquire(std::uint64_t image);
  void release(std::uint64_t image);
  bool pick_sample();
  void settle(std::uint64_t image, Item item, std::exception_ptr failure);

  void work(const std::stop_token& stop);

  const Options options_;
  const Source source_;

  std::mutex mutex_;
  std::condition_variable_any work_available_;
  std::condition_variable item_settled_;
  /// By image: every image of the window, and the cache.
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::uint64_t begin_ = 0, end_ = 0;  ///< the window
  std::uint64_t next_ = 0;             ///< [begin_, next_) holds no waiting image
  std::uint64_t asked_end_ = 0;        ///< end of the last fetch
  std::int64_t cached_bytes_ = 0;
  std::int64_t loose_bytes_ = 0;  ///< decoded, outside the cache
  Stats stats_;

  std::vector<std::jthread> threads_;  ///< last: ended before anything they use
};

}  // namespace sr
