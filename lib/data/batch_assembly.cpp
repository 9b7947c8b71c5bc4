#include "data/batch_assembly.h"

#include <algorithm>
#include <stdexcept>

#include "core/parallel.h"
#include "degrade/sharpen.h"

namespace sr {
namespace {

constexpr int kChannels = 3;
/// What is worth the start of a thread.
constexpr std::size_t kBytesPerThread = std::size_t{512} * 1024;

bool is_smaller(cv::Size image, int side) {
  return image.width < side || image.height < side;
}

/// Cuts the same part out of every image of one sample, at the scale of each.
class PatchCutter {
 public:
  PatchCutter(const SampleDescriptor& sample, cv::Size lq, int lq_size)
      : augmentation_(sample.augmentation),
        lq_size_(lq_size),
        origin_(crop_origin(sample, lq, lq_size)) {}

  template <typename Value>
  void cut(const ImagePart& image, int scale, std::span<Value> to, PatchPlace place) const {
    const int side = lq_size_ * scale;
    const cv::Rect crop(origin_ * scale, cv::Size(side, side));
    if (is_smaller(image.size(), side)) {
      copy_patch(pad_symmetric(image.whole(), side, side), crop, augmentation_, to, place);
    } else {
      copy_patch(image.at(crop), cv::Rect(cv::Point(0, 0), crop.size()), augmentation_, to, place);
    }
  }

 private:
  Augmentation augmentation_;
  int lq_size_;
  cv::Point origin_;
};

template <typename Value>
void copy_item(const BatchItem& item, const PatchSize& size, std::span<Value> lq,
               std::span<Value> gt) {
  const PairImage& middle = *item.frames[item.frames.size() / 2];
  const PatchCutter cutter(item.descriptor, middle.lq.size(), size.lq_size);
  PatchPlace place{.channels = kChannels * size.clip_size, .first_channel = 0};
  for (const auto& frame : item.frames) {
    cutter.cut(frame->lq, 1, lq, place);
    place.first_channel += kChannels;
  }
  const PatchPlace first{.channels = size.gt_channels(), .first_channel = 0};
  cutter.cut(middle.gt, size.scale, gt, first);
  if (size.sharpened_gt) {
    const int side = size.lq_size * size.scale;
    cv::Mat patch(side, side, CV_32FC3);
    cutter.cut(middle.gt, size.scale, std::span(patch.ptr<float>(), patch.total() * kChannels), {});
    copy_floats(sharpened(patch, kGtSharpenRadius), {0, 0, side, side}, gt,
                {.channels = first.channels, .first_channel = kChannels});
  }
}

template <typename Value>
void assemble_as(std::span<const BatchItem> items, const PatchSize& size, std::span<Value> lq,
                 std::span<Value> gt, int threads) {
  const auto values = [](int side, int channels) {
    return static_cast<std::size_t>(side) * static_cast<std::size_t>(side) *
           static_cast<std::size_t>(channels);
  };
  const std::size_t lq_patch = values(size.lq_size, kChannels * size.clip_size);
  const std::size_t gt_patch = values(size.lq_size * size.scale, size.gt_channels());
  if (lq.size() != items.size() * lq_patch || gt.size() != items.size() * gt_patch) {
    throw std::invalid_argument("assemble: the buffers do not have the size of the batch");
  }
  const auto useful = static_cast<int>((lq.size_bytes() + gt.size_bytes()) / kBytesPerThread);
  for_each_index(items.size(), std::min(threads, useful), [&](std::size_t i) {
    if (items[i].frames.size() != static_cast<std::size_t>(size.clip_size)) {
      throw std::invalid_argument("assemble: a sample has not clip_size frames");
    }
    copy_item(items[i], size, lq.subspan(i * lq_patch, lq_patch),
              gt.subspan(i * gt_patch, gt_patch));
  });
}

}  // namespace

cv::Point crop_origin(const SampleDescriptor& sample, cv::Size lq, int lq_size) {
  const auto place = [&](double position, int side) {
    return static_cast<int>(position * (std::max(side, lq_size) - lq_size + 1));
  };
  return {place(sample.u, lq.width), place(sample.v, lq.height)};
}

WantedPart crop_part(const SampleDescriptor& sample, cv::Size lq, int lq_size) {
  if (is_smaller(lq, lq_size)) {
    return std::nullopt;
  }
  return cv::Rect(crop_origin(sample, lq, lq_size), cv::Size(lq_size, lq_size));
}

bool needs_float(std::span<const BatchItem> items) {
  return std::any_of(items.begin(), items.end(), [](const BatchItem& item) {
    return std::any_of(item.frames.begin(), item.frames.end(), [](const auto& frame) {
      return frame->lq.depth() != CV_8U || frame->gt.depth() != CV_8U;
    });
  });
}

void copy_floats(const cv::Mat& image, cv::Rect part, std::span<std::uint8_t> to,
                 PatchPlace place) {
  cv::Mat bytes;
  image(part).convertTo(bytes, CV_8U, 255);
  copy_patch(bytes, cv::Rect(cv::Point(0, 0), part.size()), {}, to, place);
}

void copy_floats(const cv::Mat& image, cv::Rect part, std::span<float> to, PatchPlace place) {
  copy_patch(image, part, {}, to, place);
}

void assemble(std::span<const BatchItem> items, PatchSize size, std::span<std::uint8_t> lq,
              std::span<std::uint8_t> gt, int threads) {
  assemble_as(items, size, lq, gt, threads);
}

void assemble(std::span<const BatchItem> items, PatchSize size, std::span<float> lq,
              std::span<float> gt, int threads) {
  assemble_as(items, size, lq, gt, threads);
}

}  // namespace sr
