#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Named tensors on disk, without LibTorch: a tensor here is a name, a type, a shape and its bytes (row-major).

namespace sr {

enum class DType { kBool, kUInt8, kInt8, kInt16, kInt32, kInt64, kFloat16, kBFloat16, kFloat32, kFloat64 };

/// Bytes of one element.
std::size_t size_of(DType type);
/// safetensors' name: "F32", "BF16" ...
std::string_view name_of(DType type);

/// A tensor that owns its bytes: what is staged for the writer and what a reader returns.
struct StoredTensor {
  std::string name;
  DType type = DType::kFloat32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;
};

using Metadata = std::map<std::string, std::string>;

struct TensorFile {
  std::vector<StoredTensor> tensors;
  Metadata metadata;
};

/// Writes a safetensors file atomically and returns its size in bytes. Throws StorageError.
std::uint64_t write_safetensors(const std::filesystem::path& file, const TensorFile& contents);

/// Strict reader: header at most 100,000,000 bytes, valid UTF-8 JSON without duplicate keys, offsets contiguous from 0,
/// sizes equal to shape x type with checked arithmetic, exact file length. Throws CheckpointError "<file>: <reason>".
TensorFile read_safetensors(const std::filesystem::path& file);

}  // namespace sr
