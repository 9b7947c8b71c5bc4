#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

// A TorchScript file, as torch.jit.save writes it, taken apart before LibTorch sees any of it. A
// program is no data: what is checked here is that LibTorch's reader cannot be led outside of the
// file's bytes or into running something by reading it alone. What the program may compute is
// decided by its graph (nn/script_operators.h).

namespace sr {

/// Where scripts/to_torchscript.py writes what it knows of a network, as a JSON object.
inline constexpr const char* kScriptFactsRecord = "extra/sr_train.json";

/// What the file says about its network; what it does not say is found by running it.
struct ScriptFacts {
  std::string name;       ///< of the Python class or function; empty when unknown
  int scale = 0;          ///< 0: unknown, as below
  int channels = 0;       ///< of the input
  int size_multiple = 0;  ///< that height and width must be of
  /// Buffers that the network's own weight files leave out.
  std::vector<std::string> not_saved;
};

struct ScriptArchive {
  /// What LibTorch is to read, by name: unpacked, all checksums right, nothing that is not a part
  /// of a program.
  std::map<std::string, std::vector<std::byte>> records;
  ScriptFacts facts;
  std::string sha256;  ///< of the file
};

/// Reads the whole file. Throws CheckpointError "<file>: <reason>": damaged, cut short, no
/// TorchScript, a class of a C++ library, tensors outside of their storages, text that runs code
/// when it is read or is nested deeper than LibTorch's compiler can follow.
ScriptArchive read_script_archive(const std::filesystem::path& file);

/// The same from the file's bytes; the error is the reason alone.
ScriptArchive parse_script_archive(std::span<const std::byte> bytes);

}  // namespace sr
