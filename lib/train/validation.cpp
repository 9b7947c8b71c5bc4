#include "train/validation.h"

#include <algorithm>
#include <chrono>

#include "data/validation.h"
#include "device/numerics.h"
#include "infer/reach.h"
#include "train/precision.h"
#include "train/saved_pictures.h"
#include "train/score_means.h"

namespace sr {
namespace {

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

Validator::Validator(const Config& config, TrainStep& step, at::Device device, DeviceMemory& memory,
                     const ExperimentLayout& layout)
    : config_(config),
      step_(step),
      metrics_(make_metrics(config.val.metrics)),
      memory_(memory),
      engine_(inference_options(config, device), memory,
              [this](const SmallerTiles& tiles) { listener_->on_out_of_memory(event_of(tiles)); }),
      layout_(layout) {}

ValidationScores Validator::run(const ValidationSet& set, std::int64_t step,
                                const Listener& listener) {
  listener_ = &listener;
  const auto started = std::chrono::steady_clock::now();
  ValidationScores scores;
  ScoreMeans means(config_.val.metrics, metrics_);
  SavedPictures pictures(layout_, set.config.name, step);
  const Network& network = step_.lend_for_validation();
  memory_.empty_cache();
  const FirstChoiceOfAlgorithm algorithms;
  ValidationWalk walk(set.pairs, set.scenes, network.scale(), set.config.clip_size);
  while (const std::optional<ValidationSample> image = walk.next()) {
    if (listener.stop_wanted()) {
      scores.interrupted = true;
      return scores;
    }
    const cv::Mat output = engine_.run(network, image->lq, "validation of " + image->name).image;
    means.add(output, image->gt);
    if (config_.val.save_img) {
      pictures.save(image->name, output);
      pictures.keep_references(image->name, image->lq, image->gt);
    }
  }
  if (const auto warning = pictures.warning()) {
    listener.on_warning(*warning);
  }
  scores.metrics = means.values();
  scores.images = pictures.first_saved();
  scores.tile_size = engine_.tile_size();
  scores.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return scores;
}

}  // namespace sr
