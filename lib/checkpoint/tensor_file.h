#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Named tensors on disk, without LibTorch: a tensor here is a name, a type, a shape and its bytes
// (row-major, little-endian). The container is safetensors: u64 length N | N bytes of JSON | data.

namespace sr {

enum class DType {
  kBool,
  kUInt8,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFloat16,
  kBFloat16,
  kFloat32,
  kFloat64
};

/// Bytes of one element.
std::size_t size_of(DType type);
/// safetensors' name: "F32", "BF16" ...
std::string_view name_of(DType type);
/// The type with that safetensors name; nothing for a name that is unknown here ("F8_E4M3", "U16").
std::optional<DType> dtype_named(std::string_view name);

/// Bytes of a tensor of this shape ([] is a scalar); nothing for a negative dimension or a product
/// beyond 64 bits, also where a later dimension is 0.
std::optional<std::uint64_t> byte_count(DType type, std::span<const std::int64_t> shape);

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

/// Writes a safetensors file atomically and returns its size in bytes; its folder is made if need
/// be. Tensors are stored by falling element size, then name, so that all are aligned; the order
/// given is not kept. Throws StorageError when the disk refuses, CheckpointError for contents that
/// no reader would accept (a name twice, bytes that are not shape x type, text that is not UTF-8).
std::uint64_t write_safetensors(const std::filesystem::path& file, const TensorFile& contents);
std::uint64_t write_safetensors(const std::filesystem::path& file,
                                std::span<const StoredTensor> tensors, const Metadata& metadata);

/// Strict reader: header at most 100,000,000 bytes, valid UTF-8 JSON without duplicate keys,
/// offsets contiguous from 0, sizes equal to shape x type with checked arithmetic, exact file
/// length. Tensors come in the order of their bytes in the file. Memory is taken only for lengths
/// that the file really has. Throws CheckpointError "<file>: <reason>".
TensorFile read_safetensors(const std::filesystem::path& file);

/// The metadata alone: the header and the file's length are checked as above, no tensor is read.
Metadata read_safetensors_metadata(const std::filesystem::path& file);

}  // namespace sr
