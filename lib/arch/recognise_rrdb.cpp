#include "arch/recognise.h"

#include <algorithm>
#include <string>

namespace sr::arch {
namespace {

/// Where the parts of an RRDB network stand in a file.
struct Layout {
  ParamNaming naming;
  std::string first, last;   ///< weights of the outer convolutions
  std::string dense;         ///< weight of the very first convolution of a dense block
  std::string second_dense;  ///< weight of the convolution behind it
  int blocks;
  int steps;  ///< that scale up
};

int numbered(const TensorShapes& shapes, const std::string& prefix) {
  return shapes.count(prefix) - 1;  // they are numbered from 1
}

/// BasicSR's and Real-ESRGAN's names, or BSRGAN's.
std::optional<Layout> layout_of_named(const TensorShapes& shapes) {
  const bool bsrgan = shapes.has("trunk_conv.weight");
  if (!bsrgan && !shapes.has("conv_body.weight")) {
    return std::nullopt;
  }
  const std::string body = bsrgan ? "RRDB_trunk." : "body.";
  const std::string dense = body + (bsrgan ? "0.RDB1." : "0.rdb1.");
  return Layout{ParamNaming::kNew,
                "conv_first.weight",
                "conv_last.weight",
                dense + "conv1.weight",
                dense + "conv2.weight",
                shapes.count(body),
                std::max(0, numbered(shapes, bsrgan ? "upconv" : "conv_up"))};
}

/// The original ESRGAN's: model.1.sub.<n> are the blocks and the convolution behind them; then
/// come three modules for each step, and two convolutions with an activation between them.
std::optional<Layout> layout_of_numbered(const TensorShapes& shapes) {
  const std::string dense = "model.1.sub.0.RDB1.";
  if (!shapes.has(dense + "conv1.0.weight")) {
    return std::nullopt;
  }
  const int last = shapes.count("model.") - 1;
  constexpr int kBehindSteps = 4;
  if (last < kBehindSteps || (last - kBehindSteps) % 3 != 0) {
    return std::nullopt;
  }
  return Layout{ParamNaming::kOld,
                "model.0.weight",
                "model." + std::to_string(last) + ".weight",
                dense + "conv1.0.weight",
                dense + "conv2.0.weight",
                shapes.count("model.1.sub.") - 1,
                (last - kBehindSteps) / 3};
}

}  // namespace

std::optional<Recognised<EsrganOptions>> recognise_rrdb(const TensorShapes& shapes) {
  std::optional<Layout> layout = layout_of_named(shapes);
  layout = layout ? layout : layout_of_numbered(shapes);
  constexpr int kMostSteps = 3;
  if (!layout || layout->steps > kMostSteps || shapes.size(layout->last, 0) != kRgb) {
    return std::nullopt;
  }
  const std::int64_t features = shapes.size(layout->first, 0);
  const std::int64_t channels = shapes.size(layout->first, 1);
  const std::int64_t growth = shapes.size(layout->dense, 0);
  const auto is_size = [](std::int64_t n) {
    return arch::features().contains(static_cast<double>(n));
  };
  if (!is_size(features) || !is_size(growth) || shapes.size(layout->dense, 1) != features ||
      shapes.size(layout->second_dense, 1) != features + growth ||
      !blocks().contains(layout->blocks)) {
    return std::nullopt;
  }
  // A 4x network that takes an image folded by 2 or 4 makes it 2 or 1 times as large.
  int fold = 1;
  if (layout->steps == 2) {
    fold = channels == kRgb * 4 ? 2 : channels == kRgb * 16 ? 4 : 1;
  }
  const std::int64_t channels_in = channels / (std::int64_t{fold} * fold);
  if (channels % kRgb != 0 || !arch::input_channels().contains(static_cast<double>(channels_in))) {
    return std::nullopt;
  }
  Recognised<EsrganOptions> found;
  found.scale = (1 << layout->steps) / fold;
  found.options.num_in_ch = static_cast<int>(channels_in);
  found.options.num_feat = static_cast<int>(features);
  found.options.num_block = layout->blocks;
  found.options.num_grow_ch = static_cast<int>(growth);
  found.options.param_naming = layout->naming;
  found.options.use_pixel_unshuffle = fold > 1 || found.scale > 2;
  return found;
}

}  // namespace sr::arch
