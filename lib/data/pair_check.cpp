#include "data/pair_check.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"
#include "core/parallel.h"
#include "core/shared_progress.h"
#include "data/probe_cache.h"
#include "image/image.h"

namespace sr {
namespace {

/// The outcome for one pair; each is written by one thread.
struct Verdict {
  std::vector<std::string> problems;
  std::string cropped;  ///< what is cropped of which file (a warning)
};

struct Sides {
  int width = 0;
  int height = 0;
  std::string text() const { return fmt::format("{}x{}", width, height); }
  Sides operator*(int factor) const { return {width * factor, height * factor}; }
  Sides operator/(int factor) const { return {width / factor, height / factor}; }
  bool operator==(const Sides&) const = default;
  bool contains(Sides other) const { return width >= other.width && height >= other.height; }
};

Sides read_sides(const std::filesystem::path& file, const Preflight& preflight,
                 std::vector<std::string>& problems) {
  try {
    if (preflight.cache != nullptr && !preflight.deep) {
      if (const auto known = preflight.cache->find(file)) {
        return {known->width, known->height};
      }
    }
    const ImageInfo info = probe_image(file);
    if (preflight.deep) {
      decode_image(file);
    }
    if (preflight.cache != nullptr) {
      preflight.cache->store(file, {.width = info.width, .height = info.height});
    }
    return {info.width, info.height};
  } catch (const DataError& error) {
    problems.emplace_back(error.what());
    return {};
  }
}

/// The integer factor between the two images when there is one: GT may miss or exceed it by less
/// than one LQ pixel.
int factor_between(Sides gt, Sides lq) {
  const int factor = static_cast<int>(std::lround(static_cast<double>(gt.width) / lq.width));
  const auto fits = [&](int large, int small) { return std::abs(large - small * factor) < factor; };
  return factor >= 1 && fits(gt.width, lq.width) && fits(gt.height, lq.height) ? factor : 0;
}

/// LQ is made from GT: the sides of what the largest multiple of the scale leaves.
Sides check_single(const ImagePair& pair, Sides gt, int scale, Verdict& verdict) {
  const Sides lq = gt / scale;
  if (lq.width < 1 || lq.height < 1) {
    verdict.problems.push_back(
        fmt::format("{}: {} pixels are too few for x{}", pair.gt.string(), gt.text(), scale));
    return {};
  }
  if (lq * scale != gt) {
    verdict.cropped = fmt::format("{} ({})", pair.gt.string(), gt.text());
  }
  return lq;
}

Sides check_paired(const ImagePair& pair, Sides gt, Sides lq, const PairRules& rules,
                   Verdict& verdict) {
  const Sides wanted = lq * rules.scale;
  if (gt == wanted) {
    return lq;
  }
  const Sides kept{std::min(lq.width, gt.width / rules.scale),
                   std::min(lq.height, gt.height / rules.scale)};
  const int factor = factor_between(gt, lq);
  const bool other_scale = factor != 0 && factor != rules.scale;
  const bool usable = gt.contains(wanted) ? !other_scale : factor == rules.scale;
  if (rules.training || !usable || kept.width < 1 || kept.height < 1) {
    const std::string hint =
        other_scale ? fmt::format(": the pair is x{}, not x{}", factor, rules.scale) : "";
    verdict.problems.push_back(fmt::format("{}: GT is {} but LQ {} is {}, which needs {} at x{}{}",
                                           pair.gt.string(), gt.text(), pair.lq.string(), lq.text(),
                                           wanted.text(), rules.scale, hint));
    return {};
  }
  verdict.cropped =
      fmt::format("{} ({} to {})", pair.gt.string(), gt.text(), (kept * rules.scale).text());
  return kept;
}

Verdict check_pair(ImagePair& pair, const PairRules& rules, SharedProgress& progress) {
  Verdict verdict;
  const auto sides_of = [&](const std::filesystem::path& file) {
    const Sides sides = read_sides(file, rules.preflight, verdict.problems);
    progress.add_one();
    return sides;
  };
  const Sides gt = sides_of(pair.gt);
  const Sides lq = pair.lq.empty() ? gt : sides_of(pair.lq);
  if (!verdict.problems.empty()) {
    return verdict;
  }
  const Sides kept = pair.lq.empty() ? check_single(pair, gt, rules.scale, verdict)
                                     : check_paired(pair, gt, lq, rules, verdict);
  pair.lq_width = kept.width;
  pair.lq_height = kept.height;
  return verdict;
}

std::size_t count_files(const std::vector<ImagePair>& pairs) {
  const auto with_lq = std::count_if(pairs.begin(), pairs.end(),
                                     [](const ImagePair& pair) { return !pair.lq.empty(); });
  return pairs.size() + static_cast<std::size_t>(with_lq);
}

}  // namespace

PairFindings check_pairs(std::vector<ImagePair>& pairs, const PairRules& rules) {
  std::vector<Verdict> verdicts(pairs.size());
  SharedProgress progress(count_files(pairs), rules.preflight.progress);
  for_each_index(pairs.size(), useful_threads(),
                 [&](std::size_t i) { verdicts[i] = check_pair(pairs[i], rules, progress); });
  progress.finish();

  PairFindings findings;
  std::vector<std::string> cropped;
  for (const Verdict& verdict : verdicts) {
    findings.problems.insert(findings.problems.end(), verdict.problems.begin(),
                             verdict.problems.end());
    if (!verdict.cropped.empty()) {
      cropped.push_back(verdict.cropped);
    }
  }
  if (!cropped.empty()) {
    findings.warnings.push_back(fmt::format("{} GT image{} cropped to LQ x {}: {}", cropped.size(),
                                            cropped.size() == 1 ? " is" : "s are", rules.scale,
                                            shortened_list(cropped)));
  }
  return findings;
}

std::string shortened_list(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 20;
  const std::size_t shown = std::min(names.size(), kShown);
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<long>(shown), ", "));
  return shown == names.size() ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

}  // namespace sr
