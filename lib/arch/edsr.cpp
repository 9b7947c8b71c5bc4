#include "arch/edsr.h"

#include <string>

#include "arch/window.h"

namespace sr::arch {
namespace {

/// What both networks have alike.
struct Sizes {
  int num_feat = 0, num_block = 0;
};

std::optional<Sizes> sizes_of(const TensorShapes& shapes) {
  const std::optional<int> width = within(shapes.size("conv_first.weight", 0), features());
  const std::optional<int> amount = within(shapes.count("body."), blocks());
  if (!width || !amount || !shapes.has("body.0.conv1.weight") ||
      !shapes.has("body.0.conv2.weight") || shapes.size("conv_first.weight", 1) != kRgb ||
      shapes.size("conv_last.weight", 0) != kRgb) {
    return std::nullopt;
  }
  return Sizes{*width, *amount};
}

}  // namespace

std::optional<Impossible> EdsrOptions::impossible(int /*scale*/) const {
  if (rgb_mean.size() != kRgb) {
    return Impossible{"rgb_mean", "needs 3 means, got " + std::to_string(rgb_mean.size())};
  }
  return std::nullopt;
}

std::optional<Recognised<EdsrOptions>> EdsrOptions::recognise(const TensorShapes& shapes) {
  const std::optional<Sizes> sizes = sizes_of(shapes);
  const std::optional<int> scale = stepped_scale(shapes);
  if (!sizes || !scale || !shapes.has("conv_after_body.weight")) {
    return std::nullopt;
  }
  const EdsrOptions large = edsr_l();
  const bool is_large = sizes->num_feat == large.num_feat && sizes->num_block == large.num_block;
  EdsrOptions options = is_large ? large : EdsrOptions{};
  options.num_feat = sizes->num_feat;
  options.num_block = sizes->num_block;
  return Recognised<EdsrOptions>{options, *scale};
}

EdsrOptions edsr_l() {
  EdsrOptions options;
  options.num_feat = 256;
  options.num_block = 32;
  options.res_scale = 0.1;
  return options;
}

std::optional<Impossible> MsrResNetOptions::impossible(int scale) const {
  if (scale < 2 || scale > 4) {
    return Impossible{"scale", "msrresnet networks have 2, 3 and 4, not " + std::to_string(scale)};
  }
  return std::nullopt;
}

std::optional<Recognised<MsrResNetOptions>> MsrResNetOptions::recognise(
    const TensorShapes& shapes) {
  const std::optional<Sizes> sizes = sizes_of(shapes);
  const std::optional<int> first =
      shuffled_scale(shapes.size("upconv1.weight", 0), shapes.size("upconv1.weight", 1));
  if (!sizes || !first || *first < 2 || *first > 3 || !shapes.has("conv_hr.weight")) {
    return std::nullopt;
  }
  const bool twice = shapes.has("upconv2.weight");
  if (twice && *first != 2) {
    return std::nullopt;
  }
  MsrResNetOptions options;
  options.num_feat = sizes->num_feat;
  options.num_block = sizes->num_block;
  return Recognised<MsrResNetOptions>{options, twice ? 4 : *first};
}

}  // namespace sr::arch
