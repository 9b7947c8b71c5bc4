#pragma once

#include <libdeflate.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/tensor_file.h"
#include "support/temp_folder.h"

// The files of scripts/golden/pth_samples.py, which PyTorch wrote.

namespace sr::test {

inline std::filesystem::path pth_sample(const std::string& name) {
  return std::filesystem::path(SR_SOURCE_DIR) / "test/checkpoint/samples" / name;
}

inline std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline std::vector<std::byte> pth_sample_bytes(const std::string& name) {
  return bytes_of(read_text(pth_sample(name)));
}

template <typename T>
std::vector<T> values_of(const StoredTensor& tensor) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  if (!values.empty()) {
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  }
  return values;
}

/// The script's formula: first, first + 1/4 ...
inline std::vector<float> ramp(float first, std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = first + static_cast<float>(i) / 4;
  }
  return values;
}

/// Gives every record of a zip archive the CRC-32 of the bytes it has, as far as the archive's
/// directory can be followed: so that changed records get past that check.
inline void repair_checksums(std::vector<std::byte>& archive) {
  const std::string_view text(reinterpret_cast<const char*>(archive.data()), archive.size());
  const auto number = [&](std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    if (at + count <= archive.size()) {
      std::memcpy(&value, archive.data() + at, count);
    }
    return std::size_t{value};
  };
  for (std::size_t entry = text.find("PK\1\2"); entry != std::string_view::npos;
       entry = text.find("PK\1\2", entry + 1)) {
    const std::size_t size = number(entry + 20, 4), local = number(entry + 42, 4);
    const std::size_t begin = local + 30 + number(local + 26, 2) + number(local + 28, 2);
    if (entry + 46 <= archive.size() && begin <= archive.size() && size <= archive.size() - begin) {
      const std::uint32_t crc = libdeflate_crc32(0, archive.data() + begin, size);
      std::memcpy(archive.data() + entry + 16, &crc, sizeof crc);
    }
  }
}

}  // namespace sr::test
