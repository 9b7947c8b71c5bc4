#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_set>

#include "core/file_stamp.h"

namespace sr {

/// Which files were decoded without a fault, in the state that their stamps tell. About 40 bytes a
/// file. May be called from several threads.
class GoodFiles {
 public:
  /// A file that changed less than `settle` before is not kept (has_settled).
  explicit GoodFiles(std::chrono::nanoseconds settle = std::chrono::seconds(2)) : settle_(settle) {}

  bool contains(const std::string& file, const InodeStamp& stamp) const;
  /// `stamp` is from before the decoding: what is written meanwhile shows in the next one.
  void add(const std::string& file, const InodeStamp& stamp);

 private:
  const std::chrono::nanoseconds settle_;
  mutable std::mutex mutex_;
  std::unordered_set<std::uint64_t> states_;  ///< hashes of name and stamp
};

}  // namespace sr
