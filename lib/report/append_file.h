#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sr {

/// A file that only grows: O_APPEND, and one write() for each append, so that a killed process
/// leaves every earlier append whole. Where the system took a part only, as on a disk that is full,
/// that part is cut off again. Every failure throws StorageError with the path.
class AppendFile {
 public:
  /// Creates the file, and its folder, when absent.
  explicit AppendFile(std::filesystem::path path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  void append(std::string_view bytes);
  /// Text file: appends text + newline. When the file ends in a torn line (a crash, a full disk)
  /// that one is ended first, in the same write().
  void append_line(std::string_view text);

 private:
  bool ends_torn() const;
  void take_back(std::size_t bytes);
  [[noreturn]] void fail(const char* action, int error_number) const;

  std::filesystem::path path_;
  int descriptor_ = -1;
  bool torn_ = false;  ///< the last byte in the file is not a newline
};

}  // namespace sr
