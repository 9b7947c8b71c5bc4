#include "data/pair_fit.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace sr {
namespace {

/// The integer factor between the two images when there is one: GT may miss or exceed it by less
/// than one LQ pixel.
int factor_between(Sides gt, Sides lq) {
  const int factor = static_cast<int>(std::lround(static_cast<double>(gt.width) / lq.width));
  const auto fits = [&](int large, int small) { return std::abs(large - small * factor) < factor; };
  return factor >= 1 && fits(gt.width, lq.width) && fits(gt.height, lq.height) ? factor : 0;
}

}  // namespace

std::string Sides::text() const {
  return fmt::format("{}x{}", width, height);
}

Fit fit_single(const std::string& gt_name, Sides gt, int scale) {
  Fit fit;
  const Sides lq = gt / scale;
  if (lq.width < 1 || lq.height < 1) {
    fit.problem = fmt::format("{}: {} pixels are too few for x{}", gt_name, gt.text(), scale);
    return fit;
  }
  fit.lq = lq;
  if (lq * scale != gt) {
    fit.cropped = fmt::format("{} ({})", gt_name, gt.text());
  }
  return fit;
}

Fit fit_pair(const PairToFit& pair, int scale, bool may_crop) {
  const auto& [gt_name, lq_name, gt, lq] = pair;
  Fit fit;
  const Sides wanted = lq * scale;
  if (gt == wanted) {
    fit.lq = lq;
    return fit;
  }
  const Sides kept{std::min(lq.width, gt.width / scale), std::min(lq.height, gt.height / scale)};
  const int factor = factor_between(gt, lq);
  const bool other_scale = factor != 0 && factor != scale;
  const bool usable = gt.contains(wanted) ? !other_scale : factor == scale;
  if (!may_crop || !usable || kept.width < 1 || kept.height < 1) {
    const bool exchanged = scale > 1 && lq == gt * scale;
    const std::string hint = exchanged ? "; are dataroot_gt and dataroot_lq exchanged?"
                             : other_scale
                                 ? fmt::format(": the pair is x{}, not x{}", factor, scale)
                                 : "";
    fit.problem = fmt::format("{}: GT is {} but LQ {} is {}, which needs {} at x{}{}", gt_name,
                              gt.text(), lq_name, lq.text(), wanted.text(), scale, hint);
    return fit;
  }
  fit.lq = kept;
  fit.cropped = fmt::format("{} ({} to {})", gt_name, gt.text(), (kept * scale).text());
  return fit;
}

}  // namespace sr
