#include "data/pair_decoder.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/file_stamp.h"
#include "data/good_files.h"
#include "data/item_order.h"
#include "image/decode_part.h"
#include "image/image.h"
#include "image/video.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// GT and LQ of every lane, and of one more scene where a lane goes on to its next: with fewer,
/// files that are still being read would be closed and have to be read from their beginning again.
constexpr std::size_t kMostOpenReaders = 2 * kMostLanes + 2;
/// One scene is decoded by one thread, several scenes by several.
constexpr int kThreadsPerReader = 1;

/// What shows that a file was written to.
struct VideoFile {
  std::optional<FileStamp> at_start;    ///< nothing: it was not there
  std::mutex mutex;                     ///< of the reader
  std::unique_ptr<VideoReader> reader;  ///< none: closed
  std::uint64_t last_use = 0;           ///< guarded by the mutex of the decoder
};

/// "<file>: <reason>" becomes "<file>: frame <n>: <reason>".
std::string with_frame(const std::string& message, const fs::path& file, std::int64_t frame) {
  const std::string front = file.string() + ": ";
  const std::string number = fmt::format("frame {}: ", frame);
  const std::string reason = message.starts_with(front) ? message.substr(front.size()) : message;
  return front + (reason.starts_with(number) ? "" : number) + reason;
}

}  // namespace

struct PairDecoder::Impl {
  std::vector<ImagePair> pairs;
  int scale = 1;
  std::map<fs::path, VideoFile> files;  ///< its keys are fixed after construction
  std::mutex mutex;                     ///< of `uses` and every last_use
  std::uint64_t uses = 0;
  GoodFiles good_files;

  void note(const fs::path& file, std::int64_t frame) {
    if (frame >= 0 && !files.contains(file)) {
      files[file].at_start = stamp_of(file);
    }
  }

  ImagePart read(const fs::path& file, std::int64_t frame, const WantedPart& wanted) {
    if (frame < 0) {
      return wanted ? read_part(file, *wanted) : decode_image(file);
    }
    VideoFile& video = files.at(file);
    const std::lock_guard lock(video.mutex);
    try {
      if (video.reader != nullptr && frame < video.reader->position()) {
        video.reader.reset();
      }
      if (video.reader == nullptr) {
        open(file, video);
      }
      mark_used(video);
      return video.reader->read(frame);
    } catch (const DataError& error) {
      video.reader.reset();
      throw DataError(with_frame(error.what(), file, frame));
    }
  }

  /// All codes of a file are read once, so that damage is found wherever the first crop lies.
  ImagePart read_part(const fs::path& file, const cv::Rect& wanted) {
    const auto stamp = inode_stamp_of(file);
    const bool known = stamp && good_files.contains(file, *stamp);
    ImagePart part =
        decode_image_part(file, wanted, known ? CodesBehind::kLeave : CodesBehind::kRead);
    if (stamp && !known && !part.is_whole()) {
      good_files.add(file, *stamp);
    }
    return part;
  }

  /// With the file's mutex held.
  void open(const fs::path& file, VideoFile& video) {
    if (stamp_of(file) != video.at_start) {
      throw DataError(file.string() + ": has changed since the start");
    }
    close_others(video);
    video.reader = std::make_unique<VideoReader>(file, kThreadsPerReader);
  }

  void mark_used(VideoFile& video) {
    const std::lock_guard lock(mutex);
    video.last_use = ++uses;
  }

  /// Makes room for one more reader. Those in use at this moment are left alone, so that there may
  /// be more by the number of threads; nobody waits for one file while holding another.
  void close_others(const VideoFile& opening) {
    std::multimap<std::uint64_t, VideoFile*> by_use;
    {
      const std::lock_guard lock(mutex);
      for (auto& [name, file] : files) {
        by_use.emplace(file.last_use, &file);
      }
    }
    std::vector<std::unique_lock<std::mutex>> open_and_idle;
    std::vector<VideoFile*> idle;
    for (const auto& [use, file] : by_use) {
      if (file == &opening) {
        continue;
      }
      std::unique_lock lock(file->mutex, std::try_to_lock);
      if (lock && file->reader != nullptr) {
        idle.push_back(file);
        open_and_idle.push_back(std::move(lock));
      }
    }
    for (std::size_t i = 0; i + kMostOpenReaders <= idle.size(); ++i) {
      idle[i]->reader.reset();
    }
  }
};

PairDecoder::PairDecoder(std::vector<ImagePair> pairs, int scale)
    : impl_(std::make_unique<Impl>()) {
  impl_->pairs = std::move(pairs);
  impl_->scale = scale;
  for (const ImagePair& pair : impl_->pairs) {
    impl_->note(pair.gt, pair.gt_frame);
    impl_->note(pair.lq, pair.lq_frame);
  }
}

PairDecoder::~PairDecoder() = default;

const std::vector<ImagePair>& PairDecoder::pairs() const {
  return impl_->pairs;
}

PairImage PairDecoder::decode(std::size_t index, const WantedPart& wanted) {
  const auto read = [this](const fs::path& file, std::int64_t frame, const WantedPart& part) {
    return impl_->read(file, frame, part);
  };
  return read_pair(impl_->pairs.at(index), impl_->scale, read, wanted);
}

}  // namespace sr
