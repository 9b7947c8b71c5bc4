#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct zip;

namespace sr {

/// The records of a file in the zip format of torch.save (PyTorch 1.6 and later), which lie in the
/// archive as "<any name>/<record>": data.pkl, byteorder, data/0, data/1 ...
class TorchArchive {
 public:
  enum class Content { kWeights, kProgram };

  /// `bytes` is the whole file and outlives this object. Throws CheckpointError with the reason
  /// alone: damaged, a zip without data.pkl, a TorchScript program where weights are wanted and the
  /// other way round, a big-endian machine's file.
  explicit TorchArchive(std::span<const std::byte> bytes, Content content = Content::kWeights);
  ~TorchArchive();
  TorchArchive(const TorchArchive&) = delete;
  TorchArchive& operator=(const TorchArchive&) = delete;

  bool has(std::string_view record) const;
  /// Names of all records, in the file's order. Throws CheckpointError for one that comes twice or
  /// lies beside the others' folder.
  std::vector<std::string> records() const;
  /// Contents, checked against the record's CRC-32. Throws CheckpointError for a record that is
  /// missing, damaged, longer than `most` bytes, compressed or encrypted (torch.save does neither,
  /// so a record never takes more memory than the file has bytes).
  std::vector<std::byte> read(std::string_view record, std::uint64_t most) const;
  /// The same, compressed (Deflate) or not: torch.jit.save compresses a program's text.
  std::vector<std::byte> read_packed(std::string_view record, std::uint64_t most) const;

 private:
  std::string entry_name(std::string_view record) const;
  std::vector<std::byte> read(std::string_view record, std::uint64_t most, bool packed) const;

  std::unique_ptr<zip, void (*)(zip*)> archive_;
  std::string prefix_;  ///< with its '/'
};

}  // namespace sr
