#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/tensor_file.h"

// The JSON part of a safetensors file, apart from any file.

namespace sr {

inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;  ///< bytes; the format's limit

/// One tensor as the header describes it: bytes [begin, end) of the data after the header.
struct TensorEntry {
  std::string name;
  DType type = DType::kFloat32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;
  Metadata metadata;
};

/// Reads the header of a file that has `data_bytes` bytes after it. Returns the tensors by offset:
/// each begins where the one before it ends and the last ends at `data_bytes`.
/// Throws CheckpointError with the reason alone (the caller knows the file).
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes);

/// The header as text, tensors in the order given, padded with spaces to a multiple of 8 bytes.
/// Throws CheckpointError for names or metadata that are not UTF-8 and for a name twice.
std::string make_safetensors_header(const SafetensorsHeader& header);

/// A name from a file as it may be shown on a terminal: in quotes, control characters escaped,
/// long ones cut.
std::string quote_name(std::string_view name);

}  // namespace sr
