#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/pth_samples.h"
#include "core/error.h"

namespace sr::test {

/// True when `parse` reads a changed zip archive: as it is, or with its checksums made right, so
/// that what the records say is reached. It may refuse both, by CheckpointError alone.
template <typename Parse>
bool try_archive(const std::string& bytes, Parse parse) {
  const auto is_read = [&parse](const std::vector<std::byte>& file) {
    try {
      parse(std::span<const std::byte>(file));
      return true;
    } catch (const CheckpointError&) {
      return false;
    }
  };
  std::vector<std::byte> file = bytes_of(bytes);
  const bool as_it_is = is_read(file);
  repair_checksums(file);
  return is_read(file) || as_it_is;
}

}  // namespace sr::test
