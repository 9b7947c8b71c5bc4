#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

namespace sr {

/// The images of a set that are of other colours than sRGB, for one line to the user.
class ProfileCount {
 public:
  /// `profile` as in ImageInfo; an empty one is not counted.
  void add(const std::string& profile, const std::filesystem::path& file);
  /// "3 images are of other colours than sRGB ...: Display P3 (2), ...; such as <file>"; empty when
  /// there are none.
  std::string text() const;

 private:
  std::map<std::string, std::size_t> counts_;
  std::filesystem::path example_;
};

}  // namespace sr
