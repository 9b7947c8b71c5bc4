#include "train/validation.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <span>
#include <utility>

#include "core/error.h"
#include "core/stopped.h"
#include "data/validation.h"
#include "device/numerics.h"
#include "dist/together.h"
#include "infer/reach.h"
#include "train/precision.h"

namespace sr {
namespace {

InferenceOptions inference_options(const Config& config, at::Device device,
                                   std::function<bool()> stop) {
  InferenceOptions options;
  options.device = device;
  options.channels_last = wants_channels_last(config, device);
  options.autocast = autocast_type(config, device);
  options.tile_size = config.val.tile_size;
  options.around_tile = surroundings_of(config.network_g.options, config.scale);
  options.around_tile.least_overlap = config.val.tile_overlap;
  options.stop = std::move(stop);
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
      metrics_(make_metrics(config.val.metrics, device.str())),
      memory_(memory),
      engine_(inference_options(config, device, [this] { return stop_wanted(); }), memory,
              [this](const SmallerTiles& tiles) { listener_->on_out_of_memory(event_of(tiles)); }),
      layout_(layout) {}

ValidationScores Validator::run(const ValidationSet& set, std::int64_t step,
                                const Listener& listener) {
  listener_ = &listener;
  const auto started = std::chrono::steady_clock::now();
  ValidationScores scores;
  ScoreMeans means(config_.val.metrics, metrics_);
  SavedPictures pictures(layout_, set.config.name, step);
  if (ranks_ == nullptr) {
    scores.interrupted = !measure(set, means, pictures);
  } else {
    bool finished = true;
    std::string problem;
    try {
      finished = measure(set, means, pictures);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    scores.interrupted = !settle(step, finished, problem, means);
  }
  if (scores.interrupted) {
    return scores;
  }
  if (config_.val.save_img && config_.val.keep_images > 0) {
    if (const auto warning = pictures.prune(config_.val.keep_images)) {
      listener.on_warning(*warning);
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

bool Validator::measure(const ValidationSet& set, ScoreMeans& means, SavedPictures& pictures) {
  try {
    measure_all(set, means, pictures);
    return true;
  } catch (const Stopped&) {
    return false;
  }
}

void Validator::measure_all(const ValidationSet& set, ScoreMeans& means, SavedPictures& pictures) {
  const Network& network = step_.lend_for_validation();
  memory_.empty_cache();
  const FirstChoiceOfAlgorithm algorithms;
  const WholeFactors factors;
  ValidationWalk walk(set.pairs, set.scenes, network.scale(), set.config.clip_size);
  for (std::int64_t number = 0;; ++number) {
    if (!is_own(number)) {
      if (!walk.skip()) {
        return;
      }
      means.skip();
      continue;
    }
    const std::optional<ValidationSample> image = walk.next();
    if (!image) {
      return;
    }
    const cv::Mat output = engine_.run(network, image->lq, "validation of " + image->name).image;
    means.add(output, image->gt);
    if (config_.val.save_img) {
      pictures.save(image->name, output);
      pictures.keep_references(image->name, image->lq, image->gt);
    }
  }
}

bool Validator::is_own(std::int64_t image) const {
  if (ranks_ == nullptr) {
    return true;
  }
  return config_.val.save_img ? ranks_->is_first() : image % ranks_->world() == ranks_->rank();
}

bool Validator::stop_wanted() const {
  return ranks_ == nullptr ? listener_->stop_wanted() : stop_->own().has_value();
}

bool Validator::settle(std::int64_t step, bool finished, const std::string& problem,
                       ScoreMeans& means) {
  enum Report : std::int64_t { kFinished, kInterrupted, kFailed };
  Ballot ballot;
  ballot.detail = !problem.empty() ? kFailed : finished ? kFinished : kInterrupted;
  ballot.stop = stop_->own_code();
  ballot.step = step;
  ballot.cursor = -1;  // unlike that of any attempt
  const std::span<const Ballot> ballots = ranks_->vote_patiently(ballot);
  const Verdict verdict = agree(ballots);
  if (verdict.outcome == Ballot::Outcome::kFailed) {
    leave(*ranks_, verdict);
  }
  stop_->agree(verdict.stop);
  const auto worst =
      std::max_element(ballots.begin(), ballots.end(),
                       [](const Ballot& a, const Ballot& b) { return a.detail < b.detail; });
  if (worst->detail == kFailed) {
    const int rank = static_cast<int>(worst - ballots.begin());
    throw DataError(ranks_->roster().name_of(rank) + ": " + ranks_->from(rank, problem));
  }
  if (worst->detail == kInterrupted) {
    return false;
  }
  ranks_->add_up(means.numbers());
  return true;
}

}  // namespace sr
