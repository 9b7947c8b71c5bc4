#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "upscale/plan.h"
#include "upscale/resolver.h"
#include "upscale/settings.h"

namespace sr {

struct UpscaleHooks {
  /// After each picture or frame, from the calling thread; the total grows when a video is opened.
  std::function<void(std::size_t done, std::size_t total)> progress;
  /// True: finish the pictures that are being written and return; a video file that has not all its
  /// frames is dropped. A Resolver that throws Stopped says the same.
  std::function<bool()> stop;
};

/// What the metrics say of one picture.
struct PictureScore {
  std::string name;            ///< its stem
  std::vector<double> values;  ///< in the order of CompareSettings::metrics; NaN: not measured
};

/// As validation averages: in the order of the pictures, those that a metric does not measure left
/// out of it; NaN for a metric that measures none.
PictureScore mean_score(const std::vector<PictureScore>& scores);

struct UpscaleResult {
  std::size_t written = 0;   ///< files
  std::size_t kept = 0;      ///< outputs that were there and were left alone
  std::size_t pictures = 0;  ///< that went through the network; frames count
  std::vector<std::string> notes;
  std::vector<std::string> problems;  ///< "<file>: <reason>", inputs that could not be used
  std::vector<PictureScore> scores;   ///< in the order of the jobs
  bool stopped = false;
  double seconds = 0;
  double computing_seconds = 0;  ///< of them, in the network
};

/// Decodes, computes and encodes side by side: one thread decodes ahead, the calling one computes,
/// others encode; at most two pictures wait between two of them. An input that cannot be used is a
/// problem, as is an output that cannot be computed or encoded, and the others go on. Files appear
/// whole or not at all. Throws StorageError, and what the resolver throws besides DataError.
UpscaleResult upscale(const UpscaleSettings& settings, const UpscalePlan& plan,
                      const Resolver& resolver, const UpscaleHooks& hooks);

}  // namespace sr
