#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace sr {

/// What earlier runs found out about files without a fault, so that the next start need not open
/// them again. An entry counts only while the file has the size and the time of change it had then.
/// Files with a problem are never kept. All members may be called from several threads.
class ProbeCache {
 public:
  struct Entry {
    int width = 0;  ///< pixels, as displayed
    int height = 0;
    std::int64_t frames = 0;  ///< of a video; 0 for an image
    std::string warning;      ///< of a video (VideoInfo::warning)
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  /// Reads what is kept in this file; a missing or damaged one is an empty cache.
  explicit ProbeCache(std::filesystem::path file);
  ~ProbeCache();
  ProbeCache(const ProbeCache&) = delete;
  ProbeCache& operator=(const ProbeCache&) = delete;

  std::optional<Entry> find(const std::filesystem::path& image) const;
  void store(const std::filesystem::path& image, const Entry& entry);
  /// Writes the cache back atomically when something was stored. A cache that cannot be written is
  /// no reason to stop: false.
  bool save();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Where the cache of this user lies: $XDG_CACHE_HOME/sr-train or ~/.cache/sr-train; empty when
/// neither is known.
std::filesystem::path probe_cache_file();

}  // namespace sr
