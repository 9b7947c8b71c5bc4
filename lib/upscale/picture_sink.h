#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "image/video_writer.h"
#include "upscale/picture_source.h"
#include "upscale/upscale.h"

namespace sr {

/// Writes and compares finished pictures. put() may be called from several threads, unless the
/// plan makes video files, whose frames must come in order.
class PictureSink {
 public:
  PictureSink(const UpscaleSettings& settings, const UpscalePlan& plan, Problems& problems);

  /// Throws StorageError.
  void put(PictureItem item);

  std::size_t written() const { return written_; }
  /// Files that were there and were left as they are: their pictures were only compared.
  std::size_t kept() const { return kept_; }
  /// In the order of the jobs; for one thread, after all calls of put().
  std::vector<PictureScore> scores() const;

 private:
  void use(PictureItem& item);
  void write(const PictureItem& item);
  void write_frame(const UpscaleJob& job, const PictureItem& item);
  void end_video(const PictureItem& item);
  void score(const UpscaleJob& job, PictureItem& item);

  const UpscaleSettings& settings_;
  const UpscalePlan& plan_;
  Problems& problems_;
  // Of video files, which one thread puts:
  std::map<std::size_t, std::unique_ptr<VideoWriter>> videos_;  ///< by job
  std::set<std::size_t> broken_;  ///< jobs whose video is given up: what still comes is dropped
  std::atomic<std::size_t> written_{0};
  std::atomic<std::size_t> kept_{0};
  mutable std::mutex mutex_;
  std::map<std::size_t, PictureScore> scores_;  ///< by job
};

}  // namespace sr
