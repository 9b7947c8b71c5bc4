#include "data/good_files.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/checksum.h"

namespace sr {
namespace {

std::uint64_t state_of(const std::string& file, const InodeStamp& stamp) {
  const std::array<std::uint64_t, 4> parts = {checksum(std::as_bytes(std::span(file))),
                                              stamp.file.bytes,
                                              static_cast<std::uint64_t>(stamp.file.modified_ns),
                                              static_cast<std::uint64_t>(stamp.changed_ns)};
  return checksum(std::as_bytes(std::span(parts)));
}

}  // namespace

bool GoodFiles::contains(const std::string& file, const InodeStamp& stamp) const {
  const std::uint64_t state = state_of(file, stamp);
  const std::lock_guard lock(mutex_);
  return states_.contains(state);
}

void GoodFiles::add(const std::string& file, const InodeStamp& stamp) {
  const std::chrono::nanoseconds last_change(std::max(stamp.file.modified_ns, stamp.changed_ns));
  if (std::chrono::system_clock::now().time_since_epoch() - last_change < settle_) {
    return;
  }
  const std::uint64_t state = state_of(file, stamp);
  const std::lock_guard lock(mutex_);
  states_.insert(state);
}

}  // namespace sr
