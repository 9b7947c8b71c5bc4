#include "data/pairs.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "config/clip_sets.h"
#include "core/error.h"
#include "core/lines.h"
#include "core/printable_text.h"
#include "data/pair_check.h"
#include "data/pairing.h"
#include "data/scene_check.h"
#include "data/scene_pairing.h"

namespace sr {
namespace {

bool is_training_set(const DatasetConfig& config) {
  return config.key == "train";
}

void check_type(const DatasetConfig& config) {
  const bool single_image = config.type == "singlegtdataset" || config.is_degraded();
  if (!config.has_lq() && !config.is_video() && !single_image) {
    throw ConfigError(
        fmt::format("datasets.{}: type '{}' is none of pairedimagedataset, singlegtdataset, "
                    "realesrgandataset, realesrganpaireddataset, pairedvideodataset, "
                    "singlevideodataset",
                    config.key, config.type));
  }
}

void check_roots(const DatasetConfig& config) {
  if (config.dataroot_gt.empty()) {
    throw ConfigError(fmt::format("datasets.{}: dataroot_gt names no folder", config.key));
  }
  if (config.has_lq() && config.dataroot_gt.size() != config.dataroot_lq.size()) {
    throw ConfigError(
        fmt::format("datasets.{}: dataroot_gt and dataroot_lq are matched by position but have {} "
                    "and {} folders",
                    config.key, config.dataroot_gt.size(), config.dataroot_lq.size()));
  }
}

/// The largest crop that the configuration asks for; a controller looks at the images first. Of
/// several entries of a step the last one counts, and one of step 0 stands in for lq_size.
int largest_crop(const DatasetConfig& config) {
  const std::vector<ScheduledSize>& schedule = config.size_schedule;
  int largest = schedule.empty() || schedule.front().step > 0 ? config.lq_size : 0;
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    if (i + 1 == schedule.size() || schedule[i + 1].step > schedule[i].step) {
      largest = std::max(largest, schedule[i].lq_size);
    }
  }
  return largest;
}

/// What the configured crop means for images (or scenes: `what`) that are smaller.
void check_small_images(const DatasetConfig& config, const std::vector<ImagePair>& pairs,
                        const char* what, PairFindings& findings) {
  const int crop = largest_crop(config);
  std::vector<std::string> small;
  for (const ImagePair& pair : pairs) {
    const int side = std::min(pair.lq_width, pair.lq_height);
    if (side > 0 && side < crop) {
      const FilePath& file = pair.lq.empty() ? pair.gt : pair.lq;
      small.push_back(fmt::format("{} (LQ {}x{})", file.string(), pair.lq_width, pair.lq_height));
    }
  }
  if (small.empty()) {
    return;
  }
  const std::string subject =
      fmt::format("{} of {} {} are smaller than lq_size {}{}", small.size(), pairs.size(), what,
                  crop, crop > config.lq_size ? " of size_schedule" : "");
  if (config.small_images == SmallImages::kError) {
    findings.problems.push_back(
        fmt::format("{} (small_images: error): {}", subject, shortened_list(small)));
  } else {
    findings.warnings.push_back(fmt::format("{} and are padded by reflection: {}", subject,
                                            shortened_list(small, kNamesInWarning)));
  }
}

/// What the configured crop means for scenes whose frames are smaller.
void check_small_scenes(const DatasetConfig& config, const SceneFrames& frames,
                        PairFindings& findings) {
  std::vector<ImagePair> first_frames;
  for (const Scene& scene : frames.scenes) {
    first_frames.push_back(frames.pairs[scene.first]);
  }
  check_small_images(config, first_frames, "scenes", findings);
}

std::string title(const DatasetConfig& config) {
  return config.name.empty() || config.name == config.key
             ? fmt::format("datasets.{}", config.key)
             : fmt::format("datasets.{} ({})", config.key, config.name);
}

/// What a set's files are and what is wrong with them.
struct Found {
  PairList list;
  PairFindings findings;
};

const ProbeCache* names_known_to(const Preflight& preflight) {
  return preflight.deep ? nullptr : preflight.cache;
}

Found find_images(const DatasetConfig& config, int scale, const Preflight& preflight) {
  Pairing pairing = pair_files(config, config.has_lq(), names_known_to(preflight));
  PairFindings findings = check_pairs(
      pairing.pairs, {.scale = scale, .training = is_training_set(config), .preflight = preflight});
  if (is_training_set(config)) {
    check_small_images(config, pairing.pairs, "images", findings);
  }
  for (ImagePair& pair : pairing.pairs) {
    pair.degraded = config.is_degraded();
    pair.lq_mode = config.lq_resize_mode;
  }
  Found found{{std::move(pairing.pairs), {}, {}},
              {std::move(pairing.problems), std::move(pairing.warnings)}};
  append_lines(found.findings.problems, std::move(findings.problems));
  append_lines(found.findings.warnings, std::move(findings.warnings));
  return found;
}

Found find_scenes(const DatasetConfig& config, int scale, const Preflight& preflight) {
  if (config.meta_info) {
    throw ConfigError(fmt::format("datasets.{}: meta_info names images; a {} takes every scene",
                                  config.key, config.type));
  }
  ScenePairing pairing = pair_scenes(config, config.has_lq(), names_known_to(preflight));
  SceneFrames frames = check_scenes(pairing.scenes, {.scale = scale,
                                                     .training = is_training_set(config),
                                                     .clip_size = config.clip_size,
                                                     .preflight = preflight});
  PairFindings findings{std::move(pairing.problems), std::move(pairing.warnings)};
  append_lines(findings.problems, std::move(frames.problems));
  append_lines(findings.warnings, std::move(frames.warnings));
  for (ImagePair& pair : frames.pairs) {
    pair.degraded = config.is_degraded();
  }
  if (is_training_set(config)) {
    check_small_scenes(config, frames, findings);
  }
  for (ImagePair& frame : frames.pairs) {
    frame.lq_mode = config.lq_resize_mode;
  }
  return {{std::move(frames.pairs), std::move(frames.scenes), {}}, std::move(findings)};
}

}  // namespace

PairList list_pairs(const DatasetConfig& config, int scale, const Preflight& preflight) {
  check_type(config);
  check_roots(config);
  Found found = has_scenes(config) ? find_scenes(config, scale, preflight)
                                   : find_images(config, scale, preflight);
  PairFindings& findings = found.findings;
  if (found.list.pairs.empty() && findings.problems.empty()) {
    findings.problems.emplace_back("no image");
  }
  if (!findings.problems.empty()) {
    std::string lines;
    for (const std::string& problem : findings.problems) {
      lines += "\n  " + printable_line(problem);  // a line each, whatever files are called
    }
    throw DataError(fmt::format("{}: {} problem{}{}", title(config), findings.problems.size(),
                                findings.problems.size() == 1 ? "" : "s", lines));
  }
  for (const std::string& warning : findings.warnings) {
    found.list.warnings.push_back(fmt::format("{}: {}", title(config), printable_line(warning)));
  }
  return std::move(found.list);
}

int largest_lq_size(const std::vector<ImagePair>& pairs, SmallImages rule, int multiple) {
  std::vector<int> sides;
  sides.reserve(pairs.size());
  for (const ImagePair& pair : pairs) {
    sides.push_back(std::min(pair.lq_width, pair.lq_height));
  }
  std::sort(sides.begin(), sides.end());
  // With the sides sorted, a crop of sides[k] pads at most the first k images.
  const std::size_t padded = rule == SmallImages::kPad ? sides.size() / 10 : 0;
  const int limit = sides.empty() ? 0 : sides[padded];
  return std::max(multiple, limit / multiple * multiple);
}

}  // namespace sr
