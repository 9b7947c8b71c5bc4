#include "data/batch_assembly.h"

#include <algorithm>
#include <stdexcept>

#include "image/patch.h"

namespace sr {
namespace {

constexpr std::size_t kChannels = 3;

int crop_origin(double position, int side, int crop) {
  return static_cast<int>(position * (side - crop + 1));
}

template <typename Pixel>
void copy_item(const BatchItem& item, int lq_size, int scale, std::span<Pixel> lq,
               std::span<Pixel> gt) {
  const SampleDescriptor& what = item.descriptor;
  const cv::Mat small = pad_symmetric(item.images->lq, lq_size, lq_size);
  const cv::Mat large = pad_symmetric(item.images->gt, lq_size * scale, lq_size * scale);
  const int x = crop_origin(what.u, small.cols, lq_size);
  const int y = crop_origin(what.v, small.rows, lq_size);
  copy_patch(small, cv::Rect(x, y, lq_size, lq_size), what.augmentation, lq);
  copy_patch(large, cv::Rect(x * scale, y * scale, lq_size * scale, lq_size * scale),
             what.augmentation, gt);
}

template <typename Pixel>
void assemble_as(std::span<const BatchItem> items, int lq_size, int scale, std::span<Pixel> lq,
                 std::span<Pixel> gt) {
  const auto patch = [](int side) {
    return static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * kChannels;
  };
  const std::size_t lq_patch = patch(lq_size);
  const std::size_t gt_patch = patch(lq_size * scale);
  if (lq.size() != items.size() * lq_patch || gt.size() != items.size() * gt_patch) {
    throw std::invalid_argument("assemble: the buffers do not have the size of the batch");
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    copy_item(items[i], lq_size, scale, lq.subspan(i * lq_patch, lq_patch),
              gt.subspan(i * gt_patch, gt_patch));
  }
}

}  // namespace

bool needs_float(std::span<const BatchItem> items) {
  return std::any_of(items.begin(), items.end(), [](const BatchItem& item) {
    return item.images->lq.depth() != CV_8U || item.images->gt.depth() != CV_8U;
  });
}

void assemble(std::span<const BatchItem> items, int lq_size, int scale, std::span<std::uint8_t> lq,
              std::span<std::uint8_t> gt) {
  assemble_as(items, lq_size, scale, lq, gt);
}

void assemble(std::span<const BatchItem> items, int lq_size, int scale, std::span<float> lq,
              std::span<float> gt) {
  assemble_as(items, lq_size, scale, lq, gt);
}

}  // namespace sr
