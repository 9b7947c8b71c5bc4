#include "data/decode_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/host.h"

namespace sr {

double DecodeQueue::Stats::decode_mpixels_per_s() const {
  return decode_seconds > 0 ? static_cast<double>(decoded_pixels) / 1e6 / decode_seconds : 0;
}

double DecodeQueue::Stats::cache_share() const {
  return images > 0 ? static_cast<double>(from_memory) / static_cast<double>(images) : 0;
}

DecodeQueue::Stats& DecodeQueue::Stats::operator+=(const Stats& other) {
  decoded_pixels += other.decoded_pixels;
  decode_seconds += other.decode_seconds;
  images += other.images;
  from_memory += other.from_memory;
  return *this;
}

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
  const std::uint64_t per_sample = options_.images_per_sample;
  const std::uint64_t samples = items.size() / per_sample;
  const std::uint64_t asked_end = first + samples;
  const std::uint64_t ahead =
      std::max<std::uint64_t>(samples, 2 * static_cast<std::uint64_t>(threads_.size()));
  std::unique_lock lock(mutex_);
  asked_window_end_ = window_end(asked_end - 1);
  keep_alive(keep_from, window_end(asked_window_end_ + ahead - 1));
  // All that has to be decoded again is lined up before the first is waited for, which is to be at
  // the head.
  for (std::uint64_t i = items.size(); i-- > 0;) {
    const std::uint64_t sample = first + i / per_sample;
    ready_for(source_.image_of(sample) + i % per_sample, sample);
  }
  work_available_.notify_all();
  for (std::uint64_t sample = first; sample < asked_end; ++sample) {
    const std::uint64_t image = source_.image_of(sample);
    for (std::uint64_t i = 0; i < per_sample; ++i) {
      Entry& entry = entries_.at(image + i);
      item_settled_.wait(lock, [&] { return ready_for(image + i, sample); });
      if (entry.failure) {
        std::rethrow_exception(entry.failure);
      }
      items[(sample - first) * per_sample + i] = entry.item;
    }
  }
}

DecodeQueue::Stats DecodeQueue::take_stats() {
  const std::lock_guard lock(mutex_);
  return std::exchange(stats_, Stats{});
}

std::uint64_t DecodeQueue::window_end(std::uint64_t sample) const {
  return source_.window_end ? source_.window_end(sample) : sample + 1;
}

std::uint64_t DecodeQueue::stream_of(std::uint64_t image) const {
  return source_.stream_of ? source_.stream_of(image) : 0;
}

void DecodeQueue::keep_alive(std::uint64_t begin, std::uint64_t end) {
  const bool overlap = begin < end_ && end > begin_;
  const bool forward = overlap && begin >= begin_;
  if (overlap) {
    end = std::max(end, end_);  // a smaller batch drops nothing that was decoded for a larger one
  }
  // First in, then out: an image shown before and after is not dropped in between.
  for (std::uint64_t sample = begin; sample < end; ++sample) {
    if (sample < begin_ || sample >= end_) {
      acquire(sample);
    }
  }
  for (std::uint64_t sample = begin_; sample < end_; ++sample) {
    if (sample < begin || sample >= end) {
      release(sample);
    }
  }
  const std::uint64_t new_from = forward ? end_ : begin;
  begin_ = begin;
  end_ = end;
  if (!forward) {
    for (const InLine& gone : line_) {
      if (const auto position = entries_.find(gone.image); position != entries_.end()) {
        position->second.lined_up = false;
      }
    }
    line_.clear();
  }
  line_up(new_from, end);
}

void DecodeQueue::acquire(std::uint64_t sample) {
  const std::uint64_t first = source_.image_of(sample);
  for (std::uint64_t image = first; image < first + options_.images_per_sample; ++image) {
    const auto [position, is_new] = entries_.try_emplace(image);
    ++position->second.wanted;
    position->second.samples += sample;
    ++stats_.images;
    stats_.from_memory += is_new ? 0 : 1;
  }
}

void DecodeQueue::release(std::uint64_t sample) {
  const std::uint64_t first = source_.image_of(sample);
  for (std::uint64_t image = first; image < first + options_.images_per_sample; ++image) {
    const auto position = entries_.find(image);
    Entry& entry = position->second;
    entry.samples -= sample;
    // An image that is being decoded stays listed, so that no second thread begins it.
    if (--entry.wanted > 0 || entry.cached || entry.state == State::kDecoding) {
      continue;
    }
    if (entry.item) {
      loose_bytes_ -= entry.item->bytes();
    }
    entries_.erase(position);
  }
}

/// Lines up a sample's images that still have to be decoded, in window_images_.
void DecodeQueue::gather(std::uint64_t sample) {
  const std::uint64_t first = source_.image_of(sample);
  for (std::uint64_t image = first; image < first + options_.images_per_sample; ++image) {
    Entry& entry = entries_.at(image);
    if (entry.state == State::kWaiting && !entry.lined_up) {
      entry.lined_up = true;
      window_images_.push_back(image);
    }
  }
}

/// Puts the images of these samples that still have to be decoded at the end of the line: in the
/// order of the samples, or window by window in ascending order where they come out of streams.
void DecodeQueue::line_up(std::uint64_t begin, std::uint64_t end) {
  while (begin < end) {
    const std::uint64_t stop = std::min(window_end(begin), end);
    window_images_.clear();
    for (std::uint64_t sample = begin; sample < stop; ++sample) {
      gather(sample);
    }
    if (!window_images_.empty() && stream_of(window_images_.front()) != 0) {
      std::sort(window_images_.begin(), window_images_.end());
    }
    for (const std::uint64_t image : window_images_) {
      line_.push_back({image, begin});
    }
    begin = stop;
  }
}

/// The sample whose needs alone count when this image is decoded now; nothing: all of it counts.
std::optional<std::uint64_t> DecodeQueue::only_sample(std::uint64_t image,
                                                      const Entry& entry) const {
  const bool whole = entry.wanted != 1 || !source_.bytes_of ||
                     cached_bytes_ + source_.bytes_of(image) <= options_.cache_bytes;
  return whole ? std::nullopt : std::optional(entry.samples);
}

/// True when a sample can have this image or its failure. A part that does not suffice goes to the
/// head of the line, to be decoded again.
bool DecodeQueue::ready_for(std::uint64_t image, std::uint64_t sample) {
  Entry& entry = entries_.at(image);
  if (entry.state != State::kReady) {
    return entry.state == State::kFailed;
  }
  if (entry.item->is_whole() || !source_.suffices || source_.suffices(*entry.item, sample)) {
    return true;
  }
  loose_bytes_ -= entry.item->bytes();
  entry.item.reset();
  entry.state = State::kWaiting;
  entry.lined_up = true;
  line_.push_front({image, begin_});
  work_available_.notify_one();
  return false;
}

bool DecodeQueue::may_decode(const InLine& next) const {
  return next.window_begin < asked_window_end_ || loose_bytes_ < options_.ahead_bytes;
}

/// Finds the first in line that may be decoded now; false if there is none.
bool DecodeQueue::pick() {
  for (picked_ = 0; picked_ < line_.size();) {
    const InLine& next = line_[picked_];
    const auto position = entries_.find(next.image);
    if (position == entries_.end() || position->second.state != State::kWaiting) {
      line_.erase(line_.begin() + static_cast<std::ptrdiff_t>(picked_));  // no longer wanted
    } else if (!may_decode(next)) {
      return false;
    } else if (busy_streams_.contains(stream_of(next.image))) {
      ++picked_;
    } else {
      return true;
    }
  }
  return false;
}

void DecodeQueue::work(const std::stop_token& stop) {
  work_in_background();
  std::unique_lock lock(mutex_);
  while (work_available_.wait(lock, stop, [this] { return pick(); }) && !stop.stop_requested()) {
    const std::uint64_t image = line_[picked_].image;
    const std::uint64_t stream = stream_of(image);
    line_.erase(line_.begin() + static_cast<std::ptrdiff_t>(picked_));
    Entry& entry = entries_.at(image);
    const std::optional<std::uint64_t> only = only_sample(image, entry);
    entry.state = State::kDecoding;
    entry.lined_up = false;
    if (stream != 0) {
      busy_streams_.insert(stream);
    }
    lock.unlock();

    const auto start = std::chrono::steady_clock::now();
    Item item;
    std::exception_ptr failure;
    try {
      item = std::make_shared<const PairImage>(source_.decode(image, only));
    } catch (...) {
      failure = std::current_exception();  // fetch() rethrows it to the one who asked
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

    lock.lock();
    stats_.decode_seconds += seconds.count();
    settle(image, std::move(item), std::move(failure));
    if (stream != 0) {
      busy_streams_.erase(stream);
      work_available_.notify_one();  // for a thread that passed this stream over
    }
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
    entry.cached = entry.item->is_whole() && cached_bytes_ + bytes <= options_.cache_bytes;
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
