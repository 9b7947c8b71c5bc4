#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "image/picture.h"
#include "metric/metric.h"

namespace sr {

/// How an alpha channel is brought to the output's size.
enum class AlphaMode { kNetwork, kBicubic, kDrop };

/// Bits of a sample in the output. kSame: 16 where the input has more than 8 and the format holds
/// them.
enum class BitsMode { kSame, k8, k16 };

/// How one picture is made.
struct PictureSettings {
  AlphaMode alpha = AlphaMode::kNetwork;
  BitsMode bits = BitsMode::kSame;
  std::optional<double> outscale{};  ///< sides of the output / input; nothing: the network's scale
  bool compares = false;             ///< fill in UpscaledPicture::compared
};

/// A metric with its files read.
struct ComparedMetric {
  const MetricEntry* type = nullptr;
  int crop_border = 0;       ///< what `measure` leaves out
  Metric measure{};          ///< without a network: may be called by several threads
  bool has_network = false;  ///< it computes where the pictures do, and so in turn with them
};

/// With what, and how, outputs are compared.
struct CompareSettings {
  std::filesystem::path gt;  ///< an image, or a folder with images of the inputs' stems
  std::vector<ComparedMetric> metrics{};
};

struct UpscaleSettings {
  std::filesystem::path input{};                  ///< an image, a video, or a folder of them
  std::optional<std::filesystem::path> output{};  ///< nothing: pictures are only compared
  std::optional<CompareSettings> compare{};
  PictureSettings picture{};
  std::optional<PictureFormat> format{};  ///< nothing: that of the input or of the output's name
  int quality = kDefaultQuality;
  bool overwrite = false;  ///< false: outputs that are there are kept
};

}  // namespace sr
