#include "perception/perceptual_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/path_status.h"
#include "perception/dists.h"
#include "perception/lpips.h"
#include "perception/topiq.h"

namespace sr {
namespace {

constexpr int kLpipsSide = 32;  ///< what alexnet's layers leave something of
constexpr int kDistsSide = 16;  ///< vgg16 halves four times
constexpr int kTopiqSide = 1;   ///< resnet50 halves and rounds up

/// How the names of what these metrics read begin.
constexpr auto kBeginnings = std::to_array<std::string_view>(
    {"features.", "lin", "alpha", "beta", "semantic_model.", "weight_pool.", "dim_reduce.",
     "sa_attn_blks.", "attn_blks.", "attn_pool.", "score_linear.", "h_emb", "w_emb"});

bool is_read(std::string_view name) {
  return !name.ends_with(".num_batches_tracked") &&
         std::ranges::any_of(kBeginnings,
                             [&](std::string_view begin) { return name.starts_with(begin); });
}

LpipsNet net_named(std::string_view name) {
  return name == "vgg" ? LpipsNet::kVgg : name == "squeeze" ? LpipsNet::kSqueeze : LpipsNet::kAlex;
}

/// `kind`: as scripts/fetch_weights.py calls it.
template <typename Make>
auto with_weights(const std::string& file, const std::string& kind, const Make& make) {
  const std::string hint = fmt::format(
      ". scripts/fetch_weights.py {} makes such a file where PyTorch is installed", kind);
  if (!is_there(file)) {
    throw CheckpointError(file + ": no such file" + hint);
  }
  FeatureStack::Weights weights = read_feature_weights(file, is_read);
  try {
    return make(std::move(weights));
  } catch (const CheckpointError& error) {
    throw CheckpointError(fmt::format("{}: {}{}", file, error.what(), hint));
  }
}

/// Without `border` pixels on each side.
cv::Mat inside(const cv::Mat& image, int border, int smallest_side) {
  const cv::Rect inner(border, border, image.cols - 2 * border, image.rows - 2 * border);
  if (inner.width < smallest_side || inner.height < smallest_side) {
    throw std::invalid_argument(
        fmt::format("{} x {} pixels are too small", image.cols, image.rows));
  }
  return image(inner);
}

template <typename Distance>
Metric compared(std::shared_ptr<Distance> distance, int border, int smallest_side) {
  return [distance = std::move(distance), border, smallest_side](const cv::Mat& output,
                                                                 const cv::Mat& gt) {
    return (*distance)(inside(output, border, smallest_side), inside(gt, border, smallest_side));
  };
}

Metric lpips(const MetricOptions& options) {
  const std::string net = options.net.empty() ? "alex" : options.net;
  return compared(with_weights(options.weights, "lpips-" + net,
                               [&](const FeatureStack::Weights& weights) {
                                 return std::make_shared<Lpips>(net_named(net), weights,
                                                                options.device);
                               }),
                  options.crop_border, kLpipsSide);
}

Metric dists(const MetricOptions& options) {
  return compared(with_weights(options.weights, "dists",
                               [&](const FeatureStack::Weights& weights) {
                                 return std::make_shared<Dists>(weights, options.device);
                               }),
                  options.crop_border, kDistsSide);
}

template <TopiqKind kind>
Metric topiq(const MetricOptions& options) {
  return compared(
      with_weights(options.weights, kind == TopiqKind::kFullReference ? "topiq" : "topiq-nr",
                   [&](FeatureStack::Weights weights) {
                     return std::make_shared<Topiq>(kind, std::move(weights), options.device);
                   }),
      options.crop_border, kTopiqSide);
}

}  // namespace

const std::vector<MetricEntry>& perceptual_metrics() {
  static const std::vector<MetricEntry> kMetrics = {
      {"calculate_lpips", kLpipsSide, &lpips},
      {"calculate_dists", kDistsSide, &dists},
      {"calculate_topiq", kTopiqSide, &topiq<TopiqKind::kFullReference>},
      {"calculate_topiq_nr", kTopiqSide, &topiq<TopiqKind::kNoReference>},
  };
  return kMetrics;
}

const MetricEntry& find_any_metric(std::string_view type) {
  for (const MetricEntry& entry : perceptual_metrics()) {
    if (entry.type == type) {
      return entry;
    }
  }
  return find_metric(type);
}

}  // namespace sr
