#pragma once

#include <string>

namespace sr {

/// Width and height of an image or video, pixels.
struct Sides {
  int width = 0;
  int height = 0;
  std::string text() const;  ///< "640x360"
  Sides operator*(int factor) const { return {width * factor, height * factor}; }
  Sides operator/(int factor) const { return {width / factor, height / factor}; }
  bool operator==(const Sides&) const = default;
  bool contains(Sides other) const { return width >= other.width && height >= other.height; }
};

/// What is used of a GT and its LQ, or why they do not fit together.
struct Fit {
  Sides lq;             ///< of the part that is used; GT is this x scale; 0x0 with a problem
  std::string problem;  ///< "<gt>: <reason>"
  std::string cropped;  ///< what is cropped of which file; empty: nothing
};

/// LQ is made from GT: the sides of what the largest multiple of the scale leaves.
Fit fit_single(const std::string& gt_name, Sides gt, int scale);

/// GT must be LQ x scale exactly; with `may_crop` the larger one of the two is cropped, unless they
/// are of another scale.
struct PairToFit {
  std::string gt_name, lq_name;
  Sides gt, lq;
};
Fit fit_pair(const PairToFit& pair, int scale, bool may_crop);

}  // namespace sr
