#include "train/validation.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "core/atomic_file.h"
#include "core/units.h"
#include "data/validation.h"
#include "device/out_of_memory.h"
#include "image/image.h"
#include "metric/metric.h"
#include "train/step.h"

namespace sr {
namespace {

constexpr std::array<int, 4> kTileLadder{512, 256, 128, 64};
constexpr std::size_t kPicturesForTensorBoard = 4;

/// While it lives cuDNN takes its first choice of algorithm: trying them all pays for one size of
/// crop, not for images of many sizes.
class FirstChoice {
 public:
  FirstChoice() : before_(at::globalContext().benchmarkCuDNN()) {
    at::globalContext().setBenchmarkCuDNN(false);
  }
  ~FirstChoice() { at::globalContext().setBenchmarkCuDNN(before_); }
  FirstChoice(const FirstChoice&) = delete;
  FirstChoice& operator=(const FirstChoice&) = delete;

 private:
  bool before_;
};

/// The next smaller rung that cuts an image of this size at all; 0 when there is none.
int next_tile_size(int tile_size, const cv::Mat& image) {
  const int longest = std::max(image.rows, image.cols);
  for (const int rung : kTileLadder) {
    if (rung < longest && (tile_size == 0 || rung < tile_size)) {
      return rung;
    }
  }
  return 0;
}

}  // namespace

Validator::Validator(const Config& config, at::Device device, DeviceMemory& memory,
                     const ExperimentLayout& layout, OnOutOfMemory on_out_of_memory)
    : config_(config),
      memory_(memory),
      layout_(layout),
      on_out_of_memory_(std::move(on_out_of_memory)) {
  options_.device = device;
  options_.channels_last = wants_channels_last(config, device);
  options_.autocast = autocast_type(config, device);
  options_.tile_size = config.val.tile_size;
  options_.tile_overlap = config.val.tile_overlap;
}

cv::Mat Validator::resolve(const Network& network, const cv::Mat& lq, const std::string& name) {
  while (true) {
    const std::uint64_t refusals = memory_.read().refusals;
    const auto started = std::chrono::steady_clock::now();
    cv::Mat output;
    const std::optional<OutOfMemory> failure =
        run_or_out_of_memory([&] { output = super_resolve(network, lq, options_); },
                             [&] { return memory_.read().refusals > refusals; });
    if (!failure) {
      return output;
    }
    memory_.empty_cache();
    const int smaller = next_tile_size(options_.tile_size, lq);
    if (smaller == 0) {
      throw DoesNotFitError(
          fmt::format("validation of {}: out of memory with tiles of {} LQ pixels ({} requested); "
                      "lower val.tile_size or raise the limit",
                      name, options_.tile_size, format_bytes(failure->requested_bytes)));
    }
    options_.tile_size = smaller;
    OutOfMemoryEvent event;
    event.where = "validation";
    event.kind = "genuine";
    event.size = event.to = TrainingSize{smaller, 1};
    event.requested_bytes = failure->requested_bytes;
    event.lost_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started)
            .count();
    on_out_of_memory_(event);
  }
}

ValidationScores Validator::run(const ValidationSet& set, const Network& network,
                                std::int64_t step) {
  const auto started = std::chrono::steady_clock::now();
  ValidationScores scores;
  for (const MetricConfig& metric : config_.val.metrics) {
    scores.metrics.emplace_back(metric.key, 0.0);
  }
  memory_.empty_cache();
  const FirstChoice algorithms;
  ValidationWalk walk(set.pairs, set.scenes, network.scale(), set.config.clip_size);
  std::size_t samples = 0;
  while (const std::optional<ValidationSample> image = walk.next()) {
    ++samples;
    const cv::Mat output = resolve(network, image->lq, image->name);
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
  scores.tile_size = options_.tile_size;
  scores.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return scores;
}

}  // namespace sr
