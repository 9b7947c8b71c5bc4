#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/pairs.h"
#include "upscale/settings.h"

namespace sr {

/// One input and what becomes of it.
struct UpscaleJob {
  std::filesystem::path input;
  std::string stem;  ///< path below the input folder without extension: names it in messages
  bool video = false;
  PictureFormat format = PictureFormat::kPng;  ///< of a picture, or of the frames of a video
  bool gray = false;                           ///< of a picture: stored without colours
  /// A picture, a video, or the folder for a video's frames; empty when nothing is written.
  std::filesystem::path output{};
  bool frames = false;          ///< `output` is a folder of frames
  std::string color_profile{};  ///< of a picture (ImageInfo)
  /// Where the input is made from GT, as validation does: both come out of this.
  std::optional<ImagePair> pair{};

  bool makes_video_file() const { return video && !frames && !output.empty(); }
};

struct UpscalePlan {
  std::vector<UpscaleJob> jobs;       ///< in the order of their stems
  std::vector<std::string> problems;  ///< "<file>: <reason>" of inputs that cannot be used
  std::vector<std::string> notes{};   ///< what else a user should know of the inputs
};

/// Finds the inputs and names the outputs; nothing is written. A single image goes to the file
/// that the output names, when it ends like an image, else into that folder under its own name; a
/// single video likewise, or into the folder as numbered frames. A folder's tree is repeated, its
/// videos stay videos. Throws ConfigError when input, output and format contradict each other or
/// the output lies in the input, DataError when there is no input at all.
UpscalePlan plan_upscale(const UpscaleSettings& settings);

/// Images of a validation set, to be compared only; LQ is made from GT where there is no file of
/// it.
UpscalePlan plan_pairs(const std::vector<ImagePair>& pairs);

/// "<folder>/00000012.png": frame n, counted from 0, under its number from 1.
std::filesystem::path frame_file(const std::filesystem::path& folder, std::int64_t n,
                                 PictureFormat format);

}  // namespace sr
