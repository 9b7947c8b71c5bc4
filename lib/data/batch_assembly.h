#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "data/pair_image.h"
#include "data/sampler.h"
#include "image/patch.h"

namespace sr {

/// One sample with its pixels at hand.
struct BatchItem {
  SampleDescriptor descriptor;
  /// The frames of its clip in order, one for a still image. LQ is all of them, GT the middle one.
  std::span<const std::shared_ptr<const PairImage>> frames;
};

/// True when an image of the batch has more than 8 bits: then the whole batch is float32 in 0..1,
/// else uint8.
bool needs_float(std::span<const BatchItem> items);

/// Sides of the patches of a batch.
struct PatchSize {
  int lq_size = 0;
  int scale = 1;
  int clip_size = 1;
  bool sharpened_gt = false;  ///< GT's three channels are followed by those of sharpened GT

  int gt_channels() const { return sharpened_gt ? 6 : 3; }
};

/// The upper left corner of a sample's crop in an LQ image of these sides (padded to the crop where
/// it is smaller), LQ pixels.
cv::Point crop_origin(const SampleDescriptor& sample, cv::Size lq, int lq_size);
/// All that assemble() needs of an LQ image of these sides for a sample, and at its scale of GT;
/// nothing where it is the whole image, which is padded.
WantedPart crop_part(const SampleDescriptor& sample, cv::Size lq, int lq_size);

/// Crops, augments and stacks items, row-major: items[i] becomes the i-th part of `lq`
/// [lq_size, lq_size, 3 * clip_size], the frames' RGB one after the other, and of `gt`
/// [lq_size * scale, lq_size * scale, gt_channels()]. Images smaller than the crop are padded by
/// reflection, LQ and GT together. The spans must have exactly the size of the batch and every item
/// clip_size frames. Uint8 only when !needs_float(items). Large batches are cut by up to `threads`
/// threads.
void assemble(std::span<const BatchItem> items, PatchSize size, std::span<std::uint8_t> lq,
              std::span<std::uint8_t> gt, int threads = 1);
void assemble(std::span<const BatchItem> items, PatchSize size, std::span<float> lq,
              std::span<float> gt, int threads = 1);

/// Copies a part of a float image in [0, 1] to its place, to bytes by rounding.
void copy_floats(const cv::Mat& image, cv::Rect part, std::span<std::uint8_t> to, PatchPlace place);
void copy_floats(const cv::Mat& image, cv::Rect part, std::span<float> to, PatchPlace place);

}  // namespace sr
