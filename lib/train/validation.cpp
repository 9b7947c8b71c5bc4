#include "train/validation.h"

#include <algorithm>
#include <chrono>

#include "core/atomic_file.h"
#include "data/validation.h"
#include "image/image.h"
#include "infer/reach.h"
#include "metric/metric.h"
#include "train/step.h"

namespace sr {
namespace {

constexpr std::size_t kPicturesForTensorBoard = 4;

InferenceOptions inference_options(const Config& config, at::Device device) {
  InferenceOptions options;
  options.device = device;
  options.channels_last = wants_channels_last(config, device);
  options.autocast = autocast_type(config, device);
  options.tile_size = config.val.tile_size;
  options.around_tile = surroundings_of(config.network_g.options, config.scale);
  options.around_tile.least_overlap = config.val.tile_overlap;
  return options;
}

OutOfMemoryEvent event_of(const SmallerTiles& tiles) {
  OutOfMemoryEvent event;
  event.where = "validation";
  event.kind = "genuine";
  event.size = event.to = TrainingSize{tiles.tile_size, 1};
  event.requested_bytes = tiles.requested_bytes;
  event.lost_ms = tiles.lost_ms;
  return event;
}

}  // namespace

Validator::Validator(const Config& config, at::Device device, DeviceMemory& memory,
                     const ExperimentLayout& layout, const OnOutOfMemory& on_out_of_memory)
    : config_(config),
      memory_(memory),
      engine_(inference_options(config, device), memory,
              [on_out_of_memory](const SmallerTiles& tiles) { on_out_of_memory(event_of(tiles)); }),
      layout_(layout) {}

ValidationScores Validator::run(const ValidationSet& set, const Network& network,
                                std::int64_t step) {
  const auto started = std::chrono::steady_clock::now();
  ValidationScores scores;
  for (const MetricConfig& metric : config_.val.metrics) {
    scores.metrics.emplace_back(metric.key, 0.0);
  }
  memory_.empty_cache();
  const FirstChoiceOfAlgorithm algorithms;
  ValidationWalk walk(set.pairs, set.scenes, network.scale(), set.config.clip_size);
  std::size_t samples = 0;
  while (const std::optional<ValidationSample> image = walk.next()) {
    ++samples;
    const cv::Mat output = engine_.run(network, image->lq, "validation of " + image->name).image;
    for (std::size_t i = 0; i < config_.val.metrics.size(); ++i) {
      const MetricConfig& metric = config_.val.metrics[i];
      const MetricOptions options{metric.crop_border, metric.test_y_channel};
      scores.metrics[i].second += find_metric(metric.type).compute(output, image->gt, options);
    }
    if (config_.val.save_img) {
      const auto file = layout_.visualization_path(set.config.name, image->name, step);
      make_folder(file.parent_path());
      write_png(file, output);
      if (scores.images.size() < kPicturesForTensorBoard) {
        scores.images.emplace_back(image->name, file.string());
      }
    }
  }
  for (auto& [name, sum] : scores.metrics) {
    sum /= static_cast<double>(std::max<std::size_t>(1, samples));
  }
  scores.tile_size = engine_.tile_size();
  scores.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return scores;
}

}  // namespace sr
