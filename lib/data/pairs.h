#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/file_path.h"

namespace sr {

/// One training or validation item.
struct ImagePair {
  /// Path below its root without extension, '/' separated; with several roots it begins with the
  /// root's number ("1/", "2/" ...). Unique in a data set.
  /// A video set's: the scene's name, '/', the still's label or the video's frame in six digits.
  std::string stem;
  FilePath gt;
  FilePath lq;                      ///< empty: made from GT
  int lq_width = 0, lq_height = 0;  ///< pixels, from the header, what is cropped not counted
  std::size_t root = 0;             ///< position of its folder in dataroot_gt
  /// Which frame of the video file `gt` (`lq`), counted from 0; -1: the file is an image.
  std::int64_t gt_frame = -1, lq_frame = -1;
  /// LQ is made with each sample (realesrgandataset), or with some of them (there is an LQ file as
  /// well), not with the image.
  bool degraded = false;
  /// How LQ is made with the image, where there is neither a file nor a degradation.
  ResizeMode lq_mode = ResizeMode::kBicubic;
};

/// Consecutive items of a list that are the frames of one scene, in their order in time.
struct Scene {
  std::string name;
  std::size_t first = 0;
  std::size_t frames = 0;
  /// Frames come out of a video file, where only reading on is cheap.
  bool sequential = false;
};

/// The checked list of a data set, in an order that depends on the files alone (sorted by root,
/// then stem; frames of a scene in their order).
struct PairList {
  std::vector<ImagePair> pairs{};
  std::vector<Scene> scenes{};  ///< of a video set: they cover `pairs`; empty for images
  std::vector<std::string> warnings{};
};

class ProbeCache;

/// How the files of a data set are looked at.
struct Preflight {
  bool deep = false;            ///< decode every pixel, not only the headers
  ProbeCache* cache = nullptr;  ///< what is known of files already; not asked when deep
  /// Called now and then, from any thread but never from two at once: files looked at, of how many.
  std::function<void(std::size_t done, std::size_t total)> progress{};
};

/// Lists, pairs by stem and checks every file of a data set. The set with key "train" is the
/// training set, any other one is for validation. Throws DataError that lists every problem:
/// missing or empty folder, stem without partner, two files of one stem, unusable file, GT that is
/// not LQ x scale (validation: cropped later, a warning; an error only where the files are of
/// another scale), LQ smaller than lq_size (training with small_images: error; with pad a warning).
/// A video set lists every frame of its scenes; further problems are GT and LQ of different numbers
/// of frames, frames of different sizes in a scene, and no scene of clip_size frames (a warning
/// where only some are shorter: they are left out).
/// Throws ConfigError for a wrong type or number of roots.
PairList list_pairs(const DatasetConfig& config, int scale, const Preflight& preflight = {});

/// Largest multiple of `multiple` for which at most 10 % of the images would have to be padded
/// (small_images: pad), or that fits into the smallest image (error). At least `multiple`.
int largest_lq_size(const std::vector<ImagePair>& pairs, SmallImages rule, int multiple);

}  // namespace sr
