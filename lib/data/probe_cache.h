#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace sr {

/// What earlier runs found out about files without a fault, so that the next start need not open
/// them again. An entry counts only while the file has the size and the times of change (mtime and
/// ctime) it had then. Files with a problem are never kept. A file takes about 100 bytes here and
/// 48 on disk, however long its name is. All members may be called from several threads.
class ProbeCache {
 public:
  struct Entry {
    int width = 0;  ///< pixels, as displayed
    int height = 0;
    std::int64_t frames = 0;  ///< of a video; 0 for an image
    /// What a user should know of the file: VideoInfo::warning, ImageInfo::color_profile.
    std::string note{};
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  struct Options {
    /// Files changed less than this before they were looked at are not kept for later processes:
    /// a further change within the clock tick of a file system would not show in its times.
    std::chrono::nanoseconds settle = std::chrono::seconds(2);
    std::size_t most_entries = 4'000'000;  ///< beyond it those go that no run asked for longest
  };

  /// Reads what is kept in this file; a missing or damaged one is an empty cache. An empty path
  /// keeps nothing beyond this object.
  explicit ProbeCache(std::filesystem::path file);
  ProbeCache(std::filesystem::path file, const Options& options);
  ~ProbeCache();
  ProbeCache(const ProbeCache&) = delete;
  ProbeCache& operator=(const ProbeCache&) = delete;

  std::optional<Entry> find(const std::string& image) const;
  void store(const std::string& image, const Entry& entry);
  /// Writes the cache back atomically when something was stored, together with what other processes
  /// have saved meanwhile. A cache that cannot be written is no reason to stop: false.
  bool save();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Where the cache of this user lies: $XDG_CACHE_HOME/sr-train or ~/.cache/sr-train; empty when
/// neither is known.
std::filesystem::path probe_cache_file();

}  // namespace sr
