#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/file_stamp.h"

namespace sr {

/// One image or video of the input.
struct Source {
  std::string path;  ///< below the input folder, '/' separated
  FileStamp stamp;
  int width = 0;  ///< pixels, as displayed
  int height = 0;
  std::int64_t frames = 0;  ///< of a video; 0 for an image
  friend bool operator==(const Source&, const Source&) = default;

  bool is_video() const { return frames > 0; }
  /// The path without its extension.
  std::string stem() const;
};

/// What an input folder holds.
struct Survey {
  std::vector<Source> sources;        ///< sorted by path
  std::vector<std::string> problems;  ///< files that cannot be used, "<file>: <reason>"
  std::vector<std::string> warnings;
};

/// Lists the images and videos below a folder and reads their sides; videos are read from end to
/// end. What `known` says of a file with the same path and stamp is believed, and the file not
/// opened. Once `stop` is true the rest is passed over: the result is then of no use.
Survey survey(const std::filesystem::path& input, const std::vector<Source>& known, int threads,
              const std::function<void(std::size_t done, std::size_t total)>& progress,
              const std::function<bool()>& stop = {});

}  // namespace sr
