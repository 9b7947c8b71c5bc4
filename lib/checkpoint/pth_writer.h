#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "checkpoint/tensor_file.h"

namespace sr {

/// One state dict of a file and its key in it: "params", "params_ema".
struct PthGroup {
  std::string key;  ///< UTF-8, as the tensors' names are
  std::span<const StoredTensor> tensors;
};

/// Where a file's metadata lies, as a JSON object of texts: a record beside the pickle, which
/// torch.load does not look at.
inline constexpr const char* kPthMetadataRecord = "sr_train.json";

/// Writes a dict of state dicts in the format of torch.save, atomically, and returns its size in
/// bytes; its folder is made if need be. torch.load reads it, also with weights_only=True; equal
/// contents make equal files. Tensors keep their order. Throws StorageError when the disk refuses,
/// CheckpointError "<file>: <reason>" for a key or name twice, bytes that are not shape x type, or
/// more than 4 GiB.
std::uint64_t write_pth(const std::filesystem::path& file, std::span<const PthGroup> groups,
                        const Metadata& metadata = {});

}  // namespace sr
