#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "checkpoint/pickle.h"

// Files that torch.save wrote before PyTorch 1.6 (2020) changed to zip archives. Neither form has
// checksums: a changed value goes unnoticed.

namespace sr {

struct LegacyPth {
  pickle::Pickle object;
  /// Bytes of each storage, a part of the file, by the key that the object names it by.
  std::map<std::string, std::span<const std::byte>, std::less<>> storages{};
};

/// True for what begins with the number that 0.1.10 to 1.5 began a file with.
bool is_legacy_stream(std::span<const std::byte> bytes);
/// Five pickles (that number, the version, the machine, the object, the storages' keys), then each
/// storage: its elements as an i64, its bytes. Every length is checked against what the file has.
/// Throws CheckpointError with the reason alone: cut short, malformed, of a big-endian machine, a
/// storage of a type that is not supported.
LegacyPth parse_legacy_stream(std::span<const std::byte> bytes);

/// True for a tar archive: the form before 0.1.10.
bool is_legacy_tar(std::span<const std::byte> bytes);
/// The archive's members sys_info, storages, tensors and pickle. The object's references to tensors
/// become the calls that later formats have in their place. Throws as above.
LegacyPth parse_legacy_tar(std::span<const std::byte> bytes);

}  // namespace sr
