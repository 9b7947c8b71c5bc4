#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace sr {

/// What `sr-train init` is asked for.
struct FirstConfigSettings {
  /// Folder of GT images, or one that `sr-train prepare` made (hr/ and lr_x2/ ...).
  std::filesystem::path input;
  std::filesystem::path lq{};  ///< folder of LQ images; empty: found in input, or made from GT
  int scale = 0;               ///< 1, 2, 3, 4 or 8; 0 = what LQ images say, else 2
  std::string name{};          ///< of the run; empty = the scale and the input's name
  std::string network = "compact";
  /// The YAML; the lists of images are written beside it. Empty = the run's name + .yml in the
  /// working directory.
  std::filesystem::path output{};
};

/// A text file to be written.
struct NewFile {
  std::filesystem::path path;
  std::string text;
};

/// A configuration for the images of a folder, as `sr-train check` accepts it.
struct FirstConfig {
  std::string name;
  int scale = 0;
  std::size_t training = 0;    ///< images
  std::size_t validation = 0;  ///< images; 0 when there are too few to set some apart
  int lq_size = 0;
  std::vector<NewFile> files;  ///< the lists first, the YAML last; never empty
  std::vector<std::string> warnings;
};

/// Looks at every image's header and plans a run: the crop fits nine images of ten, and about one
/// image in twenty, spread over the folder and at most sixteen, is set apart for validation.
/// Throws DataError that names every file that cannot be used, ConfigError when the scale cannot be
/// told from the images.
FirstConfig first_config(const FirstConfigSettings& asked);

}  // namespace sr
