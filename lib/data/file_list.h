#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/file_path.h"
#include "data/left_out.h"

namespace sr {

class ProbeCache;

/// One file of a data set's root that is, or pretends to be, an image (or a video).
struct ImageFile {
  std::string stem;  ///< path below the root without extension, '/' separated
  FilePath path;
  bool video = false;
};

/// What a root holds.
struct FileList {
  /// Sorted by stem (bytes), one image and one video per stem.
  std::vector<ImageFile> files;
  /// "<path>: <reason>": missing folder, two files of one stem ...
  std::vector<std::string> problems;
  LeftOut left_out;  ///< the other files, and hidden folders (each counts as one file)
};

/// Lists a folder and everything below it, through symbolic links but those to a folder that the
/// root itself lies in. A file belongs to the list when its content is an image's or its name ends
/// like one (so that a damaged image is found by the checks that follow, not dropped). Left out are
/// hidden files, previews that other programs made, camera RAW, TIFF that begin with a reduced
/// copy, and everything else. Named like an image but neither file nor folder (a pipe, a broken
/// link) is a problem. An empty list always comes with a problem that names the folder. A file that
/// the cache knows is not opened.
FileList list_images(const std::filesystem::path& root, const ProbeCache* cache = nullptr);

/// Lists the images and, by the same rule, the videos (mp4, m4v, mov, mkv, webm, avi).
FileList list_images_and_videos(const std::filesystem::path& root,
                                const ProbeCache* cache = nullptr);

/// The same, with all files of one stem in the order of their names: for work that keeps
/// extensions.
FileList list_all_images_and_videos(const std::filesystem::path& root);

}  // namespace sr
