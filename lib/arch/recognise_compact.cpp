#include "arch/recognise.h"

#include <string>

namespace sr::arch {

std::optional<Recognised<CompactOptions>> recognise_compact(const TensorShapes& shapes) {
  // body.0, body.2 ... are the convolutions, body.1, body.3 ... the activations between them.
  constexpr int kFewest = 3;
  const int modules = shapes.count("body.");
  const std::string last = "body." + std::to_string(modules - 1) + ".weight";
  const auto* first = shapes.find("body.0.weight");
  if (modules < kFewest || modules % 2 == 0 || first == nullptr || first->size() != 4 ||
      !shapes.has("body.0.bias") || shapes.size(last, 3) != 3) {
    return std::nullopt;
  }
  const std::int64_t features = (*first)[0];
  const std::int64_t channels_in = (*first)[1];
  const std::optional<int> scale = whole_root(shapes.size(last, 0) / kRgb);
  if (!scale || shapes.size(last, 0) % kRgb != 0 || shapes.size(last, 1) != features ||
      channels_in % kRgb != 0 || !arch::features().contains(static_cast<double>(features)) ||
      !arch::input_channels().contains(static_cast<double>(channels_in))) {
    return std::nullopt;
  }
  Recognised<CompactOptions> found;
  found.scale = *scale;
  found.options.num_in_ch = static_cast<int>(channels_in);
  found.options.num_feat = static_cast<int>(features);
  found.options.num_conv = (modules - kFewest) / 2;
  found.options.act_type = shapes.has("body.1.weight") ? Activation::kPrelu : Activation::kRelu;
  return found;
}

}  // namespace sr::arch
