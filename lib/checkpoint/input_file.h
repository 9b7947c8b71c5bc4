#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/error.h"

namespace sr {

/// The file is there, but the system does not let it be read (rights, a device, a server, too many
/// open files): nothing is known of what is in it. Anything but "damaged".
struct UnreadableFile : CheckpointError {
  using CheckpointError::CheckpointError;
};

/// A regular file open for reading from front to back. Every failure throws CheckpointError with
/// the reason alone (with_file_name() puts the file before it), UnreadableFile where that is it.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& file);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// In bytes, as it was when the file was opened.
  std::uint64_t size() const { return size_; }
  /// Fills `bytes`.
  void read(std::span<std::byte> bytes);
  /// The next bytes, fewer than `most` where the file ends.
  std::vector<std::byte> read_up_to(std::uint64_t most);

 private:
  int descriptor_;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
};

/// Runs `read` and puts the file's name before what goes wrong in it.
template <typename Function>
auto with_file_name(const std::filesystem::path& file, Function read) {
  try {
    return read();
  } catch (const UnreadableFile& error) {
    throw UnreadableFile(file.string() + ": " + error.what());
  } catch (const CheckpointError& error) {
    throw CheckpointError(file.string() + ": " + error.what());
  }
}

}  // namespace sr
