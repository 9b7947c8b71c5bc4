#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "image/resize_filter.h"

namespace sr {

/// What decides the names and contents of a prepared set: equal recipes make equal files of equal
/// sources. Lengths are GT pixels.
struct Recipe {
  int crop = 0;               ///< side of the sub-images; 0 = images stay whole
  int step = 0;               ///< from one sub-image to the next; 0 = half of crop
  int min_rest = 0;           ///< more than this left at an edge gets a sub-image of its own
  std::vector<int> scales{};  ///< of the LR sets: 2, 3, 4, 8; empty = GT only
  Filter filter = Filter::kBicubic;
  int compression = 3;   ///< of the PNG files, 0 to 9
  bool lr_only = false;  ///< GT is used where it lies
  friend bool operator==(const Recipe&, const Recipe&) = default;
};

/// "crop 480, step 240, min-rest 0, scale 2, filter bicubic, compression 3".
std::string to_text(const Recipe& recipe);

/// What `sr-train prepare` is asked for.
struct PrepareSettings {
  std::filesystem::path input;
  std::filesystem::path output;
  Recipe recipe;
  int threads = 0;  ///< 0 = one per processor
  bool overwrite = false;
};

/// The settings with every default filled in and the scales in order, each once. Throws ConfigError
/// with all problems, each by the name of its option.
PrepareSettings checked(PrepareSettings settings);

/// Largest side of sub-images, step and rest, pixels.
inline constexpr int kMaxCrop = 1 << 20;

/// The scales that LR sets may have.
inline constexpr std::array kScales{2, 3, 4, 8};
bool is_scale(int scale);

/// Folders of a prepared set: of GT, and of LR of a scale ("lr_x2").
inline constexpr const char* kGtFolder = "hr";
std::string lr_folder(int scale);

/// GT sides, sub-images and their positions are multiples of this: the least common multiple of the
/// scales, 1 without any.
int alignment(const std::vector<int>& scales);

}  // namespace sr
