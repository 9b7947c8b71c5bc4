#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/tensor_file.h"

// Weights as PyTorch's torch.save writes them (.pth, .pt, .ckpt), read without PyTorch and without
// Python: a zip archive of one pickle, which describes the tensors, and one record for each
// storage. Before PyTorch 1.6 there was no archive (legacy_pth.h); those files are read as well.

namespace sr {

struct PthFile {
  /// The file's state dicts by the key under which they lie ("params", "params_ema", "state_dict"
  /// ...), tensors in the file's order. A bare state dict has the key "". What lies beside them
  /// (step counts, optimizer states) is not kept.
  std::map<std::string, std::vector<StoredTensor>> groups{};
};

/// The file is read as a whole. Nothing that it asks for is run (pickle.h). Parameters, views,
/// shared and expanded storages become plain tensors; all tensors together may take 8 times the
/// file's bytes and 16 MiB more, so that a short file cannot ask for all memory.
/// Throws CheckpointError "<file>: <reason>": damaged, cut short, TorchScript, a bare pickle, a
/// class or function that weight files do not have, a tensor that is not plain or lies outside of
/// its storage, no state dict in it.
PthFile read_pth(const std::filesystem::path& file);

/// The same from the file's bytes; the error is the reason alone.
PthFile parse_pth(std::span<const std::byte> bytes);

/// The keys of its groups.
std::vector<std::string> pth_keys(const std::filesystem::path& file);

/// What write_pth() was told besides the tensors; empty for a file without it, or where it cannot
/// be read.
Metadata read_pth_metadata(const std::filesystem::path& file);

}  // namespace sr
