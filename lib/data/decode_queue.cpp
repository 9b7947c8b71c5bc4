#include "data/decode_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sr {

DecodeQueue::DecodeQueue(const Options& options, Source source)
    : options_(options), source_(std::move(source)) {
  const int count = std::max(options_.threads, 1);
  threads_.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

DecodeQueue::~DecodeQueue() {
  for (std::jthread& thread : threads_) {
    thread.request_stop();  // all of them first, then jthread's destructor joins one by one
  }
}

void DecodeQueue::fetch(std::uint64_t first, std::uint64_t keep_from, std::span<Item> items) {
  const std::uint64_t asked_end = first + items.size();
  const std::uint64_t ahead =
      std::max<std::uint64_t>(items.size(), 2 * static_cast<std::uint64_t>(threads_.size()));
  std::unique_lock lock(mutex_);
  asked_end_ = asked_end;
  move_window(keep_from, asked_end + ahead);
  work_available_.notify_all();
  for (std::uint64_t sample = first; sample < asked_end; ++sample) {
    Entry& entry = entries_.at(source_.image_of(sample));
    item_settled_.wait(
        lock, [&] { return entry.state == State::kReady || entry.state == State::kFailed; });
    if (entry.failure) {
      std::rethrow_exception(entry.failure);
    }
    items[sample - first] = entry.item;
  }
}

DecodeQueue::Stats DecodeQueue::take_stats() {
  const std::lock_guard lock(mutex_);
  return std::exchange(stats_, Stats{});
}

void DecodeQueue::move_window(std::uint64_t begin, std::uint64_t end) {
  const bool overlap = begin < end_ && end > begin_;
  if (overlap) {
    end = std::max(end, end_);  // a smaller batch drops nothing that was decoded for a larger one
  }
  // First in, then out: an image in both windows is not dropped in between.
  for (std::uint64_t sample = begin; sample < end; ++sample) {
    if (sample < begin_ || sample >= end_) {
      acquire(source_.image_of(sample));
    }
  }
  for (std::uint64_t sample = begin_; sample < end_; ++sample) {
    if (sample < begin || sample >= end) {
      release(source_.image_of(sample));
    }
  }
  next_ = overlap && begin >= begin_ ? std::max(next_, begin) : begin;
  begin_ = begin;
  end_ = end;
}

void DecodeQueue::acquire(std::uint64_t image) {
  const auto [position, is_new] = entries_.try_emplace(image);
  ++position->second.wanted;
  ++stats_.samples;
  stats_.from_memory += is_new ? 0 : 1;
}

void DecodeQueue::release(std::uint64_t image) {
  const auto position = entries_.find(image);
  Entry& entry = position->second;
  // An image that is being decoded stays listed, so that no second thread begins it.
  if (--entry.wanted > 0 || entry.cached || entry.state == State::kDecoding) {
    return;
  }
  if (entry.item) {
    loose_bytes_ -= entry.item->bytes();
  }
  entries_.erase(position);
}

/// Moves next_ to the first sample whose image waits; false if there is none that may be decoded
/// now.
bool DecodeQueue::pick_sample() {
  while (next_ < end_ && entries_.at(source_.image_of(next_)).state != State::kWaiting) {
    ++next_;
  }
  return next_ < end_ && (next_ < asked_end_ || loose_bytes_ < options_.ahead_bytes);
}

void DecodeQueue::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (work_available_.wait(lock, stop, [this] { return pick_sample(); }) &&
         !stop.stop_requested()) {
    const std::uint64_t image = source_.image_of(next_);
    entries_.at(image).state = State::kDecoding;
    lock.unlock();

    const auto start = std::chrono::steady_clock::now();
    Item item;
    std::exception_ptr failure;
    try {
      item = std::make_shared<const PairImage>(source_.decode(image));
    } catch (...) {
      failure = std::current_exception();  // fetch() rethrows it to the one who asked
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

    lock.lock();
    stats_.decode_seconds += seconds.count();
    settle(image, std::move(item), std::move(failure));
  }
}

void DecodeQueue::settle(std::uint64_t image, Item item, std::exception_ptr failure) {
  const auto position = entries_.find(image);
  Entry& entry = position->second;
  entry.failure = std::move(failure);
  entry.item = std::move(item);
  entry.state = entry.failure ? State::kFailed : State::kReady;
  if (entry.item) {
    const std::int64_t bytes = entry.item->bytes();
    stats_.decoded_pixels += entry.item->pixels();
    entry.cached = cached_bytes_ + bytes <= options_.cache_bytes;
    (entry.cached ? cached_bytes_ : loose_bytes_) += bytes;
    if (entry.wanted == 0 && !entry.cached) {
      loose_bytes_ -= bytes;
    }
  }
  if (entry.wanted == 0 && !entry.cached) {
    entries_.erase(position);
  }
  item_settled_.notify_all();
}

}  // namespace sr
