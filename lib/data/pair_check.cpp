#include "data/pair_check.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/lines.h"
#include "core/parallel.h"
#include "core/shared_progress.h"
#include "data/pair_fit.h"
#include "data/probe_cache.h"
#include "data/profile_count.h"
#include "image/image.h"

namespace sr {
namespace {

/// What there is to say of one pair.
struct Verdict {
  std::vector<std::string> problems;
  std::string cropped;  ///< what is cropped of which file (a warning)
  /// Files of other colours than sRGB: the name of the colours, the file.
  std::vector<std::pair<std::string, std::string>> profiles;

  bool says_nothing() const { return problems.empty() && cropped.empty() && profiles.empty(); }
};

/// By the number of their pair. Mostly there is nothing to say, of however many pairs.
using Verdicts = std::map<std::size_t, Verdict>;

ProbeCache::Entry probe_or_recall(const std::string& file, const Preflight& preflight) {
  if (preflight.cache != nullptr && !preflight.deep) {
    if (const auto known = preflight.cache->find(file)) {
      return *known;
    }
  }
  const ImageInfo info = probe_image(file);
  if (preflight.deep) {
    decode_image(file);
  }
  const ProbeCache::Entry entry{
      .width = info.width, .height = info.height, .note = info.color_profile};
  if (preflight.cache != nullptr) {
    preflight.cache->store(file, entry);
  }
  return entry;
}

Sides read_sides(const std::string& file, const Preflight& preflight, Verdict& verdict) {
  try {
    const ProbeCache::Entry entry = probe_or_recall(file, preflight);
    if (!entry.note.empty()) {
      verdict.profiles.emplace_back(entry.note, file);
    }
    return {entry.width, entry.height};
  } catch (const DataError& error) {
    verdict.problems.emplace_back(error.what());
    return {};
  }
}

Verdict check_pair(ImagePair& pair, const PairRules& rules, SharedProgress& progress) {
  Verdict verdict;
  const std::string gt_file = pair.gt.string();
  const std::string lq_file = pair.lq.string();
  const auto sides_of = [&](const std::string& file) {
    const Sides sides = read_sides(file, rules.preflight, verdict);
    progress.add_one();
    return sides;
  };
  const Sides gt = sides_of(gt_file);
  const Sides lq = lq_file.empty() ? gt : sides_of(lq_file);
  if (!verdict.problems.empty()) {
    return verdict;
  }
  const Fit fit = lq_file.empty() ? fit_single(gt_file, gt, rules.scale)
                                  : fit_pair({gt_file, lq_file, gt, lq}, rules.scale,
                                             /*may_crop=*/!rules.training);
  if (!fit.problem.empty()) {
    verdict.problems.push_back(fit.problem);
  }
  verdict.cropped = fit.cropped;
  pair.lq_width = fit.lq.width;
  pair.lq_height = fit.lq.height;
  return verdict;
}

std::size_t count_files(const std::vector<ImagePair>& pairs) {
  const auto with_lq = std::count_if(pairs.begin(), pairs.end(),
                                     [](const ImagePair& pair) { return !pair.lq.empty(); });
  return pairs.size() + static_cast<std::size_t>(with_lq);
}

}  // namespace

PairFindings check_pairs(std::vector<ImagePair>& pairs, const PairRules& rules) {
  Verdicts verdicts;
  std::mutex mutex;
  SharedProgress progress(count_files(pairs), rules.preflight.progress);
  for_each_index(pairs.size(), useful_threads(), [&](std::size_t i) {
    if (Verdict verdict = check_pair(pairs[i], rules, progress); !verdict.says_nothing()) {
      const std::lock_guard lock(mutex);
      verdicts.emplace(i, std::move(verdict));
    }
  });
  progress.finish();

  PairFindings findings;
  std::vector<std::string> cropped;
  ProfileCount profiles;
  for (const auto& [pair, verdict] : verdicts) {
    findings.problems.insert(findings.problems.end(), verdict.problems.begin(),
                             verdict.problems.end());
    if (!verdict.cropped.empty()) {
      cropped.push_back(verdict.cropped);
    }
    for (const auto& [profile, file] : verdict.profiles) {
      profiles.add(profile, file);
    }
  }
  if (!cropped.empty()) {
    findings.warnings.push_back(fmt::format("{} GT image{} cropped to LQ x {}: {}", cropped.size(),
                                            cropped.size() == 1 ? " is" : "s are", rules.scale,
                                            shortened_list(cropped, kNamesInWarning)));
  }
  if (std::string text = profiles.text(); !text.empty()) {
    findings.warnings.push_back(std::move(text));
  }
  return findings;
}

}  // namespace sr
