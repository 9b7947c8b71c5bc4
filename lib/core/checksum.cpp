#include "core/checksum.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <cerrno>
#include <fstream>
#include <vector>

#include "core/error.h"
#include "core/units.h"

namespace sr {

std::uint64_t checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint64_t file_checksum(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw CheckpointError(errno_message("cannot read", path.string(), errno));
  }
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  std::vector<char> block(static_cast<std::size_t>(kMiB));
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())), file.gcount() > 0) {
    XXH3_64bits_update(&state, block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) {
    throw CheckpointError(errno_message("cannot read", path.string(), errno));
  }
  return XXH3_64bits_digest(&state);
}

std::string checksum_text(std::uint64_t value) {
  return fmt::format("{:016x}", value);
}

}  // namespace sr
