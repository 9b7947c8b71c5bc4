#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "prepare/layout.h"
#include "prepare/picture_writer.h"
#include "prepare/settings.h"

namespace sr {

/// How a run of prepare() talks to its caller while it lasts. All may be empty.
struct PrepareHooks {
  using Progress = std::function<void(std::size_t done, std::size_t total)>;
  Progress looking{};            ///< at input files
  Progress writing{};            ///< pictures, frames counted
  std::function<bool()> stop{};  ///< true: finish what is begun and return; from any thread
};

/// What became of the input.
struct PrepareResult {
  std::vector<SetFolder> folders;
  std::size_t images = 0;  ///< that can be used
  std::size_t videos = 0;
  std::size_t pictures = 0;  ///< images and frames
  std::size_t cut = 0;       ///< of the pictures, into sub_images
  std::size_t sub_images = 0;
  std::size_t cropped = 0;  ///< lost a few rows or columns to be a multiple of the scales
  std::size_t small = 0;    ///< smaller than a sub-image, kept whole
  FileCounts files;
  bool stopped = false;
  std::vector<std::string> warnings;
  std::vector<std::string> problems;  ///< input files that could not be used, "<file>: <reason>"
};

/// Makes a training set out of a folder of images and videos: <output>/hr with the pictures or
/// their sub-images, <output>/lr_x2 ... with what they are shrunk to, all PNG, and
/// <output>/prepare.json. Input that cannot be used is reported in the result when everything else
/// is done. Files of an earlier run with the same settings are kept, so that a run that was killed
/// goes on where it was. Throws ConfigError for settings that make no sense or an output folder
/// that holds other things (see make_plan), DataError when there is nothing to make, StorageError
/// when something cannot be written.
PrepareResult prepare(const PrepareSettings& settings, const PrepareHooks& hooks = {});

}  // namespace sr
