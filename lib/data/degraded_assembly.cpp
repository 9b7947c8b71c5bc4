#include "data/degraded_assembly.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/parallel.h"
#include "core/random.h"
#include "degrade/degrade.h"
#include "degrade/draws.h"
#include "degrade/sharpen.h"
#include "image/patch.h"

namespace sr {
namespace {

/// JPEG's blocks are this wide: the crop begins anywhere in one.
constexpr int kJpegBlock = 8;
constexpr int kRgb = 3;

/// LQ pixels around the crop that are degraded with it and then cut off: at least 4, and at least
/// 16 of GT, which exceeds the radius of any blur kernel.
int margin(int scale) {
  constexpr int kLeastLq = 4;
  constexpr int kLeastGt = 16;
  return std::max(kLeastLq, (kLeastGt + scale - 1) / scale);
}

/// The crop of a sample and the larger square that is degraded.
struct Area {
  cv::Rect square;  ///< in the image, LQ pixels; may lie partly outside
  cv::Rect crop;    ///< in the augmented square, LQ pixels
};

Area area_of(const SampleDescriptor& sample, cv::Size lq, const PatchSize& size) {
  const Draws draws(sample.degradation_key);
  const int side = size.lq_size + 2 * margin(size.scale) + kJpegBlock - 1;
  const int room = side - size.lq_size;
  const auto offset = [&](SampleDraw draw) {
    const Interval places{0.0, kJpegBlock};
    return margin(size.scale) + static_cast<int>(uniform(draws.bits(draw), places));
  };
  const int left = offset(SampleDraw::kOffsetX);
  const int top = offset(SampleDraw::kOffsetY);
  const Augmentation& how = sample.augmentation;
  cv::Point corner(how.flip_horizontal ? room - left : left, how.flip_vertical ? room - top : top);
  if (how.transpose) {
    std::swap(corner.x, corner.y);
  }
  const cv::Point origin = crop_origin(sample, lq, size.lq_size);
  return {cv::Rect(origin - cv::Point(left, top), cv::Size(side, side)),
          cv::Rect(corner, cv::Size(size.lq_size, size.lq_size))};
}

/// The plan of a clip for one of its frames: noise is another in each.
DegradationPlan plan_of_frame(DegradationPlan plan, std::size_t frame) {
  for (StagePlan* stage : {&plan.first, &plan.second}) {
    std::uint64_t& key = stage->noise.field.key;
    key = frame == 0 ? key : sequence_bits(key, frame);
  }
  return plan;
}

/// A sample of files; with gt_usm its GT is sharpened as that of the others is, with what surrounds
/// the crop.
template <typename Value>
void copy_sample(const BatchItem& item, const DegradedBatch& batch, std::span<Value> lq,
                 std::span<Value> gt) {
  assemble(std::span(&item, 1), batch.size, lq, gt);
  if (!batch.config.gt_usm) {
    return;
  }
  const int scale = batch.size.scale;
  const cv::Mat& whole = item.frames[item.frames.size() / 2]->gt.whole();
  const Area area = area_of(item.descriptor, whole.size() / scale, batch.size);
  const cv::Mat square =
      reflected_patch(whole, scaled(area.square, scale), item.descriptor.augmentation);
  copy_floats(sharpened(square, kGtSharpenRadius), scaled(area.crop, scale), gt,
              {.channels = batch.size.gt_channels(), .first_channel = 0});
}

template <typename Value>
void make_sample(const BatchItem& item, const DegradedBatch& batch, std::span<Value> lq,
                 std::span<Value> gt) {
  if (takes_file(item.descriptor, batch.config)) {
    copy_sample(item, batch, lq, gt);
    return;
  }
  const int scale = batch.size.scale;
  const std::size_t middle = item.frames.size() / 2;
  const Area area = area_of(item.descriptor, item.frames[middle]->gt.size() / scale, batch.size);
  const DegradationPlan plan = make_plan(batch.config, Draws(item.descriptor.degradation_key));
  for (std::size_t i = 0; i < item.frames.size(); ++i) {
    cv::Mat square = reflected_patch(item.frames[i]->gt.whole(), scaled(area.square, scale),
                                     item.descriptor.augmentation);
    if (batch.config.gt_usm) {
      square = sharpened(square, kGtSharpenRadius);
    }
    copy_patch(
        degraded(square, plan_of_frame(plan, i), area.square.size()), area.crop, {}, lq,
        {.channels = kRgb * batch.size.clip_size, .first_channel = kRgb * static_cast<int>(i)});
    if (i != middle) {
      continue;
    }
    PatchPlace place{.channels = batch.size.gt_channels(), .first_channel = 0};
    copy_floats(square, scaled(area.crop, scale), gt, place);
    if (batch.size.sharpened_gt) {
      place.first_channel = kRgb;
      copy_floats(sharpened(square, kGtSharpenRadius), scaled(area.crop, scale), gt, place);
    }
  }
}

template <typename Value>
void assemble_as(std::span<const BatchItem> items, const DegradedBatch& batch, std::span<Value> lq,
                 std::span<Value> gt) {
  const auto values = [](int side, int channels) {
    return static_cast<std::size_t>(channels) * static_cast<std::size_t>(side) *
           static_cast<std::size_t>(side);
  };
  const std::size_t lq_patch = values(batch.size.lq_size, kRgb * batch.size.clip_size);
  const std::size_t gt_patch =
      values(batch.size.lq_size * batch.size.scale, batch.size.gt_channels());
  if (lq.size() != items.size() * lq_patch || gt.size() != items.size() * gt_patch) {
    throw std::invalid_argument("assemble_degraded: the buffers do not have the size of the batch");
  }
  for_each_index(items.size(), batch.threads, [&](std::size_t i) {
    if (items[i].frames.size() != static_cast<std::size_t>(batch.size.clip_size)) {
      throw std::invalid_argument("assemble_degraded: a sample has not clip_size frames");
    }
    make_sample(items[i], batch, lq.subspan(i * lq_patch, lq_patch),
                gt.subspan(i * gt_patch, gt_patch));
  });
}

}  // namespace

bool takes_file(const SampleDescriptor& sample, const DegradationConfig& config) {
  return chance(Draws(sample.degradation_key).bits(SampleDraw::kFile), config.dataroot_lq_prob);
}

void assemble_degraded(std::span<const BatchItem> items, const DegradedBatch& batch,
                       std::span<std::uint8_t> lq, std::span<std::uint8_t> gt) {
  assemble_as(items, batch, lq, gt);
}

void assemble_degraded(std::span<const BatchItem> items, const DegradedBatch& batch,
                       std::span<float> lq, std::span<float> gt) {
  assemble_as(items, batch, lq, gt);
}

}  // namespace sr
