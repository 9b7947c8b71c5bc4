#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace sr {

/// Lines of a file that others may have changed, one at a time and without their ends. Only regular
/// files are read (and links to them): a pipe may never answer, a device never end.
class LineFile {
 public:
  /// More than any line that is written here, and little enough to be held in memory.
  static constexpr std::size_t kLongest = std::size_t{16} << 20U;

  explicit LineFile(const std::filesystem::path& file);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  /// False when there is no such file, or none that can be read.
  bool is_open() const { return descriptor_ >= 0; }
  /// The next line; false behind the last. Lines longer than kLongest are passed over.
  bool next(std::string& line);

 private:
  bool fill();

  int descriptor_;
  std::array<char, std::size_t{1} << 16U> buffer_{};
  std::string_view rest_;  ///< of the buffer
};

}  // namespace sr
