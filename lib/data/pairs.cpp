#include "data/pairs.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "data/pair_check.h"
#include "data/pairing.h"

namespace sr {
namespace {

bool is_training_set(const DatasetConfig& config) {
  return config.key == "train";
}

/// True when the set has LQ files of its own.
bool needs_lq(const DatasetConfig& config) {
  if (config.type == "singlegtdataset") {
    return false;
  }
  if (config.type != "pairedimagedataset") {
    throw ConfigError(
        fmt::format("datasets.{}: type '{}' is none of pairedimagedataset, singlegtdataset",
                    config.key, config.type));
  }
  return true;
}

void check_roots(const DatasetConfig& config, bool with_lq) {
  if (config.dataroot_gt.empty()) {
    throw ConfigError(fmt::format("datasets.{}: dataroot_gt names no folder", config.key));
  }
  if (with_lq && config.dataroot_gt.size() != config.dataroot_lq.size()) {
    throw ConfigError(
        fmt::format("datasets.{}: dataroot_gt and dataroot_lq are matched by position but have {} "
                    "and {} folders",
                    config.key, config.dataroot_gt.size(), config.dataroot_lq.size()));
  }
}

/// What the configured crop means for images that are smaller.
void check_small_images(const DatasetConfig& config, const std::vector<ImagePair>& pairs,
                        PairFindings& findings) {
  std::vector<std::string> small;
  for (const ImagePair& pair : pairs) {
    const int side = std::min(pair.lq_width, pair.lq_height);
    if (side > 0 && side < config.lq_size) {
      const std::filesystem::path& file = pair.lq.empty() ? pair.gt : pair.lq;
      small.push_back(fmt::format("{} (LQ {}x{})", file.string(), pair.lq_width, pair.lq_height));
    }
  }
  if (small.empty()) {
    return;
  }
  const std::string subject = fmt::format("{} of {} images are smaller than lq_size {}",
                                          small.size(), pairs.size(), config.lq_size);
  if (config.small_images == SmallImages::kError) {
    findings.problems.push_back(
        fmt::format("{} (small_images: error): {}", subject, shortened_list(small)));
  } else {
    findings.warnings.push_back(
        fmt::format("{} and are padded by reflection: {}", subject, shortened_list(small)));
  }
}

void append(std::vector<std::string>& to, std::vector<std::string> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

std::string title(const DatasetConfig& config) {
  return config.name.empty() || config.name == config.key
             ? fmt::format("datasets.{}", config.key)
             : fmt::format("datasets.{} ({})", config.key, config.name);
}

}  // namespace

PairList list_pairs(const DatasetConfig& config, int scale, const Preflight& preflight) {
  const bool with_lq = needs_lq(config);
  check_roots(config, with_lq);

  Pairing pairing = pair_files(config, with_lq, preflight.deep ? nullptr : preflight.cache);
  PairFindings findings = check_pairs(
      pairing.pairs, {.scale = scale, .training = is_training_set(config), .preflight = preflight});
  if (is_training_set(config)) {
    check_small_images(config, pairing.pairs, findings);
  }
  append(pairing.problems, std::move(findings.problems));
  append(pairing.warnings, std::move(findings.warnings));
  if (pairing.pairs.empty() && pairing.problems.empty()) {
    pairing.problems.emplace_back("no image");
  }
  if (!pairing.problems.empty()) {
    throw DataError(fmt::format("{}: {} problem{}\n  {}", title(config), pairing.problems.size(),
                                pairing.problems.size() == 1 ? "" : "s",
                                fmt::join(pairing.problems, "\n  ")));
  }
  PairList list;
  list.pairs = std::move(pairing.pairs);
  for (const std::string& warning : pairing.warnings) {
    list.warnings.push_back(fmt::format("{}: {}", title(config), warning));
  }
  return list;
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
