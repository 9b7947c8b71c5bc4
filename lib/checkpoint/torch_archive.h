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
  /// `bytes` is the whole file and outlives this object. Throws CheckpointError with the reason
  /// alone: damaged, a zip without data.pkl, TorchScript, a big-endian machine's file.
  explicit TorchArchive(std::span<const std::byte> bytes);
  ~TorchArchive();
  TorchArchive(const TorchArchive&) = delete;
  TorchArchive& operator=(const TorchArchive&) = delete;

  bool has(std::string_view record) const;
  /// Contents, checked against the record's CRC-32. Throws CheckpointError for a record that is
  /// missing, damaged, longer than `most` bytes, compressed or encrypted (torch.save does neither,
  /// so a record never takes more memory than the file has bytes).
  std::vector<std::byte> read(std::string_view record, std::uint64_t most) const;

 private:
  std::string entry_name(std::string_view record) const;

  std::unique_ptr<zip, void (*)(zip*)> archive_;
  std::string prefix_;  ///< with its '/'
};

}  // namespace sr
