#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "data/pair_image.h"

namespace sr {

/// Decodes ahead of a cursor over the endless sequence of samples, and keeps decoded images while
/// they are wanted or fit into the cache. Knows samples and images as numbers only.
///
/// A stretch of samples [begin, end) is alive: those asked for last, and a bounded number after
/// them, in whole windows of the sample order. Threads decode the images of what is alive, each
/// once however many samples show it. What is no longer shown is dropped unless it is cached. What
/// is cached is never evicted: in a data set every image is wanted once a pass, so whatever came
/// first is as good as anything that could take its place.
///
/// Of an image that one sample shows and that the cache has no room for, only what this sample
/// needs may be decoded. Such a part is not cached, and is decoded again for whoever needs more.
class DecodeQueue {
 public:
  struct Options {
    int threads = 1;
    std::int64_t cache_bytes = 0;
    /// Decoded bytes outside the cache beyond which nothing is decoded that lies in a later window
    /// than what was asked for.
    std::int64_t ahead_bytes = std::int64_t{512} << 20;
    std::uint64_t images_per_sample = 1;  ///< consecutive ones
  };
  /// All but decode are called often and with the queue locked: they must be quick and must not
  /// call back.
  struct Source {
    /// The first image of a sample.
    std::function<std::uint64_t(std::uint64_t sample)> image_of;
    /// The first sample after the window of this one: images of a window are decoded while any
    /// sample of it is alive. Empty: every sample is a window.
    std::function<std::uint64_t(std::uint64_t sample)> window_end;
    /// Images with the same number other than 0 come out of one file in ascending order only: one
    /// thread at a time decodes them, window by window. Empty: all are 0.
    std::function<std::uint64_t(std::uint64_t image)> stream_of;
    /// Called by the decoding threads. All of an image, or at least what `only` needs of it, the
    /// one sample that it is for. May throw: fetch() rethrows it.
    std::function<PairImage(std::uint64_t image, std::optional<std::uint64_t> only)> decode;
    /// Whether a part of an image has what the sample needs now. Empty: always.
    std::function<bool(const PairImage& part, std::uint64_t sample)> suffices;
    /// What a whole image takes in the cache, at least. Empty: images are always decoded whole.
    std::function<std::int64_t(std::uint64_t image)> bytes_of;
  };
  using Item = std::shared_ptr<const PairImage>;

  struct Stats {
    std::int64_t decoded_pixels = 0;  ///< LQ and GT together
    double decode_seconds = 0;        ///< summed over the threads
    std::uint64_t images = 0;         ///< shown by the samples that came alive, counted for each
    std::uint64_t from_memory = 0;    ///< those that needed no decoding then

    /// Per second of a thread that decodes; 0 when nothing was decoded.
    double decode_mpixels_per_s() const;
    /// Of the images shown, those that were in memory already; 0 when none was shown.
    double cache_share() const;
    Stats& operator+=(const Stats& other);
  };

  DecodeQueue(const Options& options, Source source);
  /// Ends the threads after the image each is decoding.
  ~DecodeQueue();
  DecodeQueue(const DecodeQueue&) = delete;
  DecodeQueue& operator=(const DecodeQueue&) = delete;

  /// The images of so many samples from `first` on, sample by sample, when all are decoded.
  /// `items` has images_per_sample places for each. Samples from keep_from (<= first) on stay
  /// available without decoding them again; any jump is allowed. Rethrows what decoding the first
  /// failed sample threw. One caller at a time.
  void fetch(std::uint64_t first, std::uint64_t keep_from, std::span<Item> items);
  /// Work since the last call.
  Stats take_stats();

 private:
  enum class State { kWaiting, kDecoding, kReady, kFailed };
  struct Entry {
    State state = State::kWaiting;
    bool cached = false;
    bool lined_up = false;      ///< stands in line_
    std::uint64_t wanted = 0;   ///< times it is shown by what is alive
    std::uint64_t samples = 0;  ///< their sum: while it is wanted once, that sample
    Item item;
    std::exception_ptr failure;
  };
  struct InLine {
    std::uint64_t image;
    std::uint64_t window_begin;  ///< of the samples it was lined up for
  };

  // All called with mutex_ held.
  std::uint64_t window_end(std::uint64_t sample) const;
  std::uint64_t stream_of(std::uint64_t image) const;
  void keep_alive(std::uint64_t begin, std::uint64_t end);
  void acquire(std::uint64_t sample);
  void release(std::uint64_t sample);
  void gather(std::uint64_t sample);
  void line_up(std::uint64_t begin, std::uint64_t end);
  std::optional<std::uint64_t> only_sample(std::uint64_t image, const Entry& entry) const;
  bool ready_for(std::uint64_t image, std::uint64_t sample);
  bool may_decode(const InLine& next) const;
  bool pick();
  void settle(std::uint64_t image, Item item, std::exception_ptr failure);

  void work(const std::stop_token& stop);

  const Options options_;
  const Source source_;

  std::mutex mutex_;
  std::condition_variable_any work_available_;
  std::condition_variable item_settled_;
  /// By image: all that is shown by what is alive, and the cache.
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::uint64_t begin_ = 0, end_ = 0;   ///< samples alive
  std::uint64_t asked_window_end_ = 0;  ///< of the last sample asked for
  std::deque<InLine> line_;             ///< in the order of decoding; may name what is gone
  std::size_t picked_ = 0;              ///< position in line_ that pick() found
  std::unordered_set<std::uint64_t> busy_streams_;
  std::int64_t cached_bytes_ = 0;
  std::int64_t loose_bytes_ = 0;  ///< decoded, outside the cache
  Stats stats_;
  std::vector<std::uint64_t> window_images_;  ///< scratch of line_up()

  std::vector<std::jthread> threads_;  ///< last: ended before anything they use
};

}  // namespace sr
