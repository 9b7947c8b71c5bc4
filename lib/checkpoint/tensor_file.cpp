#include "checkpoint/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <tuple>

#include "checkpoint/input_file.h"
#include "checkpoint/safetensors_header.h"
#include "core/atomic_file.h"
#include "core/error.h"

namespace sr {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor bytes are stored as they are");

struct TypeRow {
  DType type;
  std::string_view name;
  std::size_t size;
};

constexpr std::array kTypes = {
    TypeRow{DType::kBool, "BOOL", 1},   TypeRow{DType::kUInt8, "U8", 1},
    TypeRow{DType::kInt8, "I8", 1},     TypeRow{DType::kInt16, "I16", 2},
    TypeRow{DType::kInt32, "I32", 4},   TypeRow{DType::kInt64, "I64", 8},
    TypeRow{DType::kFloat16, "F16", 2}, TypeRow{DType::kBFloat16, "BF16", 2},
    TypeRow{DType::kFloat32, "F32", 4}, TypeRow{DType::kFloat64, "F64", 8},
};

constexpr bool rows_are_in_enum_order() {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (static_cast<std::size_t>(kTypes[i].type) != i) {
      return false;
    }
  }
  return true;
}
static_assert(rows_are_in_enum_order());

const TypeRow& row_of(DType type) {
  return kTypes.at(static_cast<std::size_t>(type));
}

constexpr std::size_t kLengthBytes = sizeof(std::uint64_t);

/// Leaves `input` at the first byte of the first tensor.
SafetensorsHeader read_header(InputFile& input) {
  if (input.size() < kLengthBytes) {
    throw CheckpointError(fmt::format("{} bytes are too few for a safetensors file", input.size()));
  }
  std::uint64_t length = 0;
  input.read(std::as_writable_bytes(std::span(&length, 1)));
  if (length > kMaxSafetensorsHeader || length > input.size() - kLengthBytes) {
    throw CheckpointError(fmt::format("header length {} in a file of {} bytes: {}", length,
                                      input.size(), "cut short or no safetensors file"));
  }
  std::string text(length, '\0');
  input.read(std::as_writable_bytes(std::span(text)));
  return parse_safetensors_header(text, input.size() - kLengthBytes - length);
}

std::vector<const StoredTensor*> by_alignment(std::span<const StoredTensor> tensors) {
  std::vector<const StoredTensor*> order;
  order.reserve(tensors.size());
  for (const StoredTensor& tensor : tensors) {
    order.push_back(&tensor);
  }
  std::ranges::sort(order, [](const StoredTensor* a, const StoredTensor* b) {
    return std::tuple(size_of(b->type), std::string_view(a->name)) <
           std::tuple(size_of(a->type), std::string_view(b->name));
  });
  return order;
}

SafetensorsHeader header_for(const std::vector<const StoredTensor*>& order,
                             const Metadata& metadata) {
  SafetensorsHeader header{.tensors = {}, .metadata = metadata};
  std::uint64_t position = 0;
  for (const StoredTensor* tensor : order) {
    const std::uint64_t bytes = tensor->bytes.size();
    if (byte_count(tensor->type, tensor->shape) != bytes) {
      throw CheckpointError(fmt::format("tensor {}: {} bytes are not what its shape takes",
                                        quote_name(tensor->name), bytes));
    }
    header.tensors.push_back(
        {tensor->name, tensor->type, tensor->shape, position, position + bytes});
    position += bytes;
  }
  return header;
}

}  // namespace

std::size_t size_of(DType type) {
  return row_of(type).size;
}

std::string_view name_of(DType type) {
  return row_of(type).name;
}

std::optional<DType> dtype_named(std::string_view name) {
  const auto* row = std::ranges::find(kTypes, name, &TypeRow::name);
  return row == kTypes.end() ? std::nullopt : std::optional(row->type);
}

std::optional<std::uint64_t> byte_count(DType type, std::span<const std::int64_t> shape) {
  std::uint64_t bytes = size_of(type);
  for (const std::int64_t dimension : shape) {
    if (dimension < 0 ||
        __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(dimension), &bytes)) {
      return std::nullopt;
    }
  }
  return bytes;
}

std::uint64_t write_safetensors(const std::filesystem::path& file, const TensorFile& contents) {
  return write_safetensors(file, contents.tensors, contents.metadata);
}

std::uint64_t write_safetensors(const std::filesystem::path& file,
                                std::span<const StoredTensor> tensors, const Metadata& metadata) {
  const std::vector<const StoredTensor*> order = by_alignment(tensors);
  const std::string header =
      with_file_name(file, [&] { return make_safetensors_header(header_for(order, metadata)); });
  if (file.has_parent_path()) {
    make_folder(file.parent_path());
  }
  AtomicFile output(file);
  const std::uint64_t length = header.size();
  output.write(std::as_bytes(std::span(&length, 1)));
  output.write(header);
  std::uint64_t written = kLengthBytes + length;
  for (const StoredTensor* tensor : order) {
    output.write(tensor->bytes);
    written += tensor->bytes.size();
  }
  output.commit();
  return written;
}

TensorFile read_safetensors(const std::filesystem::path& file) {
  return with_file_name(file, [&] {
    InputFile input(file);
    SafetensorsHeader header = read_header(input);
    TensorFile contents{.tensors = {}, .metadata = std::move(header.metadata)};
    contents.tensors.reserve(header.tensors.size());
    for (TensorEntry& entry : header.tensors) {
      StoredTensor tensor{std::move(entry.name), entry.type, std::move(entry.shape), {}};
      tensor.bytes.resize(entry.end - entry.begin);
      input.read(tensor.bytes);
      contents.tensors.push_back(std::move(tensor));
    }
    return contents;
  });
}

Metadata read_safetensors_metadata(const std::filesystem::path& file) {
  return with_file_name(file, [&] {
    InputFile input(file);
    return read_header(input).metadata;
  });
}

}  // namespace sr
