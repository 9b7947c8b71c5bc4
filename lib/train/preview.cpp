#include "train/preview.h"

#include <algorithm>
#include <utility>

#include <torch/torch.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/host.h"
#include "data/batch_assembly.h"
#include "data/degraded_assembly.h"
#include "data/loader.h"
#include "data/sample_order.h"
#include "degrade/plan.h"
#include "loss/loss.h"
#include "train/batch_mixer.h"
#include "train/batch_upload.h"
#include "train/preview_json.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kRgb = 3;
constexpr int kGap = 4;  // pixels between pictures

/// The size of the first step.
TrainingSize first_size(const DatasetConfig& set) {
  TrainingSize size{set.lq_size, set.batch_size_per_gpu};
  for (const ScheduledSize& entry : set.size_schedule) {
    if (entry.step == 0) {
      size = {entry.lq_size, entry.batch_size};
    }
  }
  return size;
}

/// Three channels [3, H, W] in [0, 1] as they would be seen.
cv::Mat picture_of(const at::Tensor& image) {
  const at::Tensor bytes =
      image.mul(255).round().clamp(0, 255).to(at::kByte).permute({1, 2, 0}).contiguous();
  return cv::Mat(static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(1)), CV_8UC3,
                 bytes.mutable_data_ptr())
      .clone();
}

cv::Mat side_by_side(const std::vector<cv::Mat>& parts) {
  const int height = parts.front().rows;
  const cv::Mat gap(height, kGap, CV_8UC3, cv::Scalar::all(255));
  std::vector<cv::Mat> row;
  for (const cv::Mat& part : parts) {
    if (!row.empty()) {
      row.push_back(gap);
    }
    row.push_back(part);
  }
  cv::Mat result;
  cv::hconcat(row, result);
  return result;
}

class PreviewMaker {
 public:
  PreviewMaker(const Config& config, const PairList& training)
      : config_(config),
        set_(config.train_set),
        size_(first_size(set_)),
        pairs_(training.pairs),
        sampler_(make_sample_order(training, set_, config.scale, config.manual_seed),
                 config.manual_seed, set_.use_hflip, set_.use_rot),
        loader_(training, sampler_, options()),
        upload_(at::kCPU, /*channels_last=*/false),
        mixer_(config.train.batch_mix, config.manual_seed) {}

  Preview make(std::size_t count) {
    Preview preview;
    preview.run = {{"name", config_.name},
                   {"scale", config_.scale},
                   {"manual_seed", config_.manual_seed},
                   {"type", set_.type},
                   {"lq_size", size_.lq_size},
                   {"gt_size", size_.lq_size * config_.scale},
                   {"batch_size", size_.batch_size},
                   {"accum_iter", set_.accum_iter},
                   {"use_moa", mixer_.on()}};
    std::uint64_t cursor = 0;
    while (preview.pictures.size() < count) {
      const Batch batch = loader_.take(cursor, {size_.lq_size, size_.batch_size * set_.accum_iter});
      add(batch, count, preview);
      cursor = batch.next_sample;
    }
    return preview;
  }

 private:
  Loader::Options options() const {
    Loader::Options options;
    options.scale = config_.scale;
    options.clip_size = set_.clip_size;
    options.threads = usable_cpus();
    options.small_images = set_.small_images;
    options.cache = {CacheMode::kOff, 0};
    options.degradation = set_.degradation;
    options.sharpened_gt = need_sharpened_gt(config_.train.losses);
    return options;
  }

  void add(const Batch& batch, std::size_t count, Preview& preview) {
    upload_.begin(batch);
    mixer_.draw(batch, set_.accum_iter);
    const BatchImages images = mixer_.images(0, batch.lq.count, upload_);
    upload_.end();
    const auto samples = static_cast<std::size_t>(batch.lq.count);
    for (std::size_t i = 0; i < samples && preview.pictures.size() < count; ++i) {
      const auto at = static_cast<std::int64_t>(i);
      preview.pictures.push_back(picture(images.lq[at], images.gt[at]));
      preview.draws.push_back(draws(batch, i));
    }
  }

  cv::Mat picture(const at::Tensor& lq, const at::Tensor& gt) const {
    std::vector<cv::Mat> parts;
    for (std::int64_t first = 0; first < gt.size(0); first += kRgb) {
      parts.push_back(picture_of(gt.narrow(0, first, kRgb)));
    }
    const std::int64_t middle = (lq.size(0) - kRgb) / 2;
    cv::Mat large;
    cv::resize(picture_of(lq.narrow(0, middle, kRgb)), large, parts.front().size(), 0, 0,
               cv::INTER_NEAREST);
    parts.push_back(large);
    return side_by_side(parts);
  }

  Json draws(const Batch& batch, std::size_t index) const {
    const auto samples = static_cast<std::size_t>(batch.lq.count);
    const std::uint64_t number = batch.numbers.at(index, samples);
    const SampleDescriptor sample = sampler_(number);
    const ImagePair& pair = pairs_[sample.image];
    const cv::Point corner = crop_origin(sample, {pair.lq_width, pair.lq_height}, size_.lq_size);
    Json json{{"sample", number},
              {"image", pair.stem},
              {"gt", pair.gt.string()},
              {"lq_crop", {{"left", corner.x}, {"top", corner.y}, {"side", size_.lq_size}}},
              {"flip_horizontal", sample.augmentation.flip_horizontal},
              {"flip_vertical", sample.augmentation.flip_vertical},
              {"transpose", sample.augmentation.transpose}};
    const bool made = pair.degraded && !takes_file(sample, set_.degradation);
    json["lq_from"] = made ? "degradation" : pair.lq.empty() ? "resize" : "file";
    if (made) {
      json["degradation"] = plan_json(make_plan(set_.degradation, Draws(sample.degradation_key)));
    }
    if (mixer_.on()) {
      const BatchMixer::Mix& mix = mixer_.mixes()[index];
      json["mix"] =
          mix_json(mix.draw, batch.numbers.at(static_cast<std::size_t>(mix.partner), samples),
                   size_.lq_size);
    }
    return json;
  }

  const Config& config_;
  const DatasetConfig& set_;
  TrainingSize size_;
  const std::vector<ImagePair>& pairs_;
  Sampler sampler_;
  Loader loader_;
  BatchUpload upload_;
  BatchMixer mixer_;
};

}  // namespace

Preview make_preview(const Config& config, const PairList& training, std::size_t count) {
  return PreviewMaker(config, training).make(count);
}

}  // namespace sr
