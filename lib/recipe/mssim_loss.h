#pragma once

#include "recipe/options.h"

namespace sr::recipe {

enum class LumaSpace { kYiq, kYcbcr, kLhm };

template <class Visitor, typename B>
void describe_luma(Visitor& v, bool B::*test_y_channel, LumaSpace B::*color_space) {
  v.flag("test_y_channel", test_y_channel, "Compares luma instead of R, G and B.");
  v.choice("color_space", color_space,
           Names<LumaSpace>{
               {"yiq", LumaSpace::kYiq}, {"ycbcr", LumaSpace::kYcbcr}, {"lhm", LumaSpace::kLhm}},
           "Whose luma: full range, 16 to 235 of 255, or LHM's, which is yiq's but for R, .2989.");
}

/// 1 - MS-SSIM (Wang, Simoncelli & Bovik 2003) with the choices of traiNNer-redux: images clamped
/// to [0, 1], luma, five scales, windows of 11 x 11 inside the image while it is that large,
/// negative structure terms cut to 0, no luminance term unless include_luminance.
struct MssimOptions {
  bool test_y_channel = true;
  LumaSpace color_space = LumaSpace::kYiq;
  bool include_luminance = false;
  friend bool operator==(const MssimOptions&, const MssimOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = MssimOptions;
    describe_luma(v, &O::test_y_channel, &O::color_space);
    v.flag("include_luminance", &O::include_luminance, "Compares local means at the last scale.");
  }
};
std::unique_ptr<Loss> make_loss(const MssimOptions& options);

/// 1 - SSIM (Wang et al. 2004) of images clamped to [0, 1]: the mean of luminance times contrast
/// and structure in windows as above, at one scale.
struct SsimOptions {
  bool test_y_channel = true;
  LumaSpace color_space = LumaSpace::kYiq;
  friend bool operator==(const SsimOptions&, const SsimOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    describe_luma(v, &SsimOptions::test_y_channel, &SsimOptions::color_space);
  }
};
std::unique_ptr<Loss> make_loss(const SsimOptions& options);

}  // namespace sr::recipe
