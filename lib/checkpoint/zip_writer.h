#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/atomic_file.h"

namespace sr {

/// A zip archive of uncompressed entries, as torch.save makes it: the data of each entry begins at
/// a multiple of 64 bytes, so that it can be mapped. All times are 1980-01-01, the first that the
/// format knows: equal contents make equal files. The file appears whole or not at all.
class ZipWriter {
 public:
  explicit ZipWriter(const std::filesystem::path& file) : output_(file) {}

  /// Throws StorageError when the disk refuses, CheckpointError beyond 4 GiB or 65534 entries (the
  /// limits of archives without zip64).
  void add(const std::string& name, std::span<const std::byte> data);
  void add(const std::string& name, std::string_view text);
  /// Writes the directory and gives the file its name. Returns its size in bytes.
  std::uint64_t finish();

 private:
  struct Entry {
    std::string name;
    std::uint32_t crc, size, offset;
  };
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);

  AtomicFile output_;
  std::vector<Entry> entries_;
  std::uint64_t position_ = 0;
};

}  // namespace sr
