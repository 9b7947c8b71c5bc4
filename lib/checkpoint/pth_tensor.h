#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/pickle.h"
#include "checkpoint/tensor_file.h"

// A tensor as torch.save describes it: a window on a storage.

namespace sr {

/// Element (i, j ...) of the tensor is element offset + i * strides[0] + j * strides[1] ... of the
/// storage. Strides may be 0 (expanded) and in any order (transposed).
struct TensorView {
  DType type = DType::kFloat32;
  std::string storage;                 ///< its key: record data/<storage> of an archive
  std::uint64_t storage_elements = 0;  ///< what the description says; the record decides
  std::uint64_t offset = 0;            ///< in elements
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  ///< in elements, >= 0, one per dimension
  /// The part of the storage that the tensor lies in, in elements, when it is not the whole:
  /// PyTorch's formats from before 1.6 have storages that are views of others.
  struct Window {
    std::uint64_t begin = 0;
    std::uint64_t elements = 0;
  };
  std::optional<Window> window{};
};

/// A storage as a pickle names it: ("storage", class, key, device, elements[, view]).
struct StorageName {
  std::string key;
  std::size_t element_size = 1;  ///< bytes
  std::uint64_t elements = 0;    ///< of the whole storage
};

/// Reads that tuple, which a kPersistentId holds. Throws CheckpointError with the reason alone.
StorageName storage_name(const pickle::Pickle& pickle, pickle::Ref persistent_id);

/// True for the call of one of PyTorch's functions that rebuild a tensor, readable or not.
bool is_tensor(const pickle::Pickle& pickle, pickle::Ref ref);

/// Reads the arguments of that call. Throws CheckpointError with the reason alone for a tensor that
/// is not plain (sparse, quantized, complex ...) or a malformed description.
TensorView tensor_view(const pickle::Pickle& pickle, pickle::Ref ref);

/// Bytes of all elements. Throws CheckpointError beyond 64 bits.
std::uint64_t byte_count(const TensorView& view);

/// Throws CheckpointError unless a storage of so many bytes is exactly as long as described and
/// holds every element.
void require_inside(const TensorView& view, std::uint64_t storage_bytes);

/// The elements in row-major order. Throws CheckpointError unless `storage` is exactly as long as
/// described and holds every element. Takes byte_count(view) of memory: bound it first.
std::vector<std::byte> gather(const TensorView& view, std::span<const std::byte> storage);

}  // namespace sr
