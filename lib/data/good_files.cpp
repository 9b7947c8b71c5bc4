#include "data/good_files.h"

#include <array>
#include <span>

#include "core/checksum.h"

namespace sr {
namespace {

std::uint64_t state_of(const std::string& file, const InodeStamp& stamp) {
  const std::array<std::uint64_t, 2> parts = {checksum(std::as_bytes(std::span(file))),
                                              hash_of(stamp)};
  return checksum(std::as_bytes(std::span(parts)));
}

}  // namespace

bool GoodFiles::contains(const std::string& file, const InodeStamp& stamp) const {
  const std::uint64_t state = state_of(file, stamp);
  const std::lock_guard lock(mutex_);
  return states_.contains(state);
}

void GoodFiles::add(const std::string& file, const InodeStamp& stamp) {
  if (!has_settled(stamp, settle_)) {
    return;
  }
  const std::uint64_t state = state_of(file, stamp);
  const std::lock_guard lock(mutex_);
  states_.insert(state);
}

}  // namespace sr
