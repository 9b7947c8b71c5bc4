#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "checkpoint/pickle.h"
#include "core/error.h"

namespace sr {

/// Bytes of a file from before PyTorch 1.6, front to back: pickles and plain numbers in a row.
/// Reading beyond the end throws CheckpointError "is cut short".
class LegacyCursor {
 public:
  explicit LegacyCursor(std::span<const std::byte> bytes) : rest_(bytes) {}

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > rest_.size()) {
      throw CheckpointError("is cut short");
    }
    const std::span<const std::byte> taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  pickle::Pickle pickle() {
    pickle::Pickle parsed = pickle::parse_first(rest_);
    take(parsed.length);
    return parsed;
  }

  /// Little-endian, as the host is (tensor_file.cpp).
  template <typename Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  /// What the file has of a storage: its number of elements, which must not be negative or more
  /// than there are bytes for, and they.
  std::span<const std::byte> storage(std::size_t element_size) {
    const auto elements = number<std::int64_t>();
    if (elements < 0 || static_cast<std::uint64_t>(elements) > rest_.size() / element_size) {
      throw CheckpointError("is cut short, or a storage in it lies about its length");
    }
    return take(static_cast<std::uint64_t>(elements) * element_size);
  }

 private:
  std::span<const std::byte> rest_;
};

/// Throws CheckpointError unless the machine that `sys_info` describes is little-endian.
void require_little_endian(const pickle::Pickle& sys_info);

}  // namespace sr
