#include "train/batch_mixer.h"

#include <utility>

#include <torch/torch.h>

namespace sr {
namespace {

constexpr std::int64_t kRgb = 3;

at::Tensor part_of(const at::Tensor& image, const MixBox& box, std::int64_t scale) {
  return image.narrow(2, box.top * scale, box.height() * scale)
      .narrow(3, box.left * scale, box.width() * scale);
}

/// Antialiased bicubic, within the range of pixels.
at::Tensor resized(const at::Tensor& image, std::int64_t height, std::int64_t width) {
  if (image.size(2) == height && image.size(3) == width) {
    return image;
  }
  return at::_upsample_bicubic2d_aa(image, {height, width}, /*align_corners=*/false).clamp_(0, 1);
}

void mixup(const at::Tensor& image, const at::Tensor& partner, double weight) {
  image.mul_(weight).add_(partner, 1 - weight);
}

void resizemix(const at::Tensor& image, const at::Tensor& partner, const MixBox& box,
               std::int64_t scale) {
  part_of(image, box, scale).copy_(resized(partner, box.height() * scale, box.width() * scale));
}

/// The box of LQ becomes GT shrunk. GT may be followed by its sharpened copy.
void cutblur(const BatchImages& sample, const MixBox& box, std::int64_t scale) {
  const at::Tensor gt = part_of(sample.gt.narrow(1, 0, kRgb), box, scale);
  part_of(sample.lq, box, 1).copy_(resized(gt, box.height(), box.width()));
}

}  // namespace

void mix_sample(const BatchImages& sample, const BatchImages& partner, const MixDraw& draw) {
  const at::NoGradGuard no_grad;
  const std::int64_t scale = sample.gt.size(3) / sample.lq.size(3);
  const MixBox box = mix_box(draw, static_cast<int>(sample.lq.size(3)));
  switch (draw.kind) {
    case BatchMix::kNone:
      break;
    case BatchMix::kMixup:
      mixup(sample.lq, partner.lq, draw.amount);
      mixup(sample.gt, partner.gt, draw.amount);
      break;
    case BatchMix::kCutmix:
      part_of(sample.lq, box, 1).copy_(part_of(partner.lq, box, 1));
      part_of(sample.gt, box, scale).copy_(part_of(partner.gt, box, scale));
      break;
    case BatchMix::kResizemix:
      resizemix(sample.lq, partner.lq, box, 1);
      resizemix(sample.gt, partner.gt, box, scale);
      break;
    case BatchMix::kCutblur:
      cutblur(sample, box, scale);
      break;
  }
}

BatchMixer::BatchMixer(BatchMixOptions options, std::uint64_t seed)
    : options_(std::move(options)), seed_(seed) {}

void BatchMixer::draw(const Batch& batch, int parts) {
  mixes_.clear();
  if (!on()) {
    return;
  }
  const auto count = static_cast<std::size_t>(batch.lq.count);
  const std::int64_t part = batch.lq.count / parts;
  for (std::size_t i = 0; i < count; ++i) {
    const MixDraw draw = draw_mix(options_, seed_, batch.numbers.at(i, count));
    const auto index = static_cast<std::int64_t>(i);
    const std::int64_t begin = index / part * part;
    mixes_.push_back({draw, begin + mix_partner(draw, index - begin, part)});
  }
}

BatchImages BatchMixer::images(std::int64_t first, std::int64_t count, BatchUpload& upload) const {
  if (!on()) {
    return upload.images(first, count);
  }
  BatchImages images = upload.own_images(first, count);
  mix(images, first, upload);
  return images;
}

void BatchMixer::mix(const BatchImages& images, std::int64_t first, BatchUpload& upload) const {
  if (!on()) {
    return;
  }
  for (std::int64_t i = 0; i < images.lq.size(0); ++i) {
    const Mix& mix = mixes_[static_cast<std::size_t>(first + i)];
    if (mix.draw.kind == BatchMix::kNone) {
      continue;
    }
    // cutblur needs nobody else.
    const BatchImages partner =
        mix.draw.kind == BatchMix::kCutblur ? BatchImages{} : upload.images(mix.partner, 1);
    mix_sample(images.narrow(i, 1), partner, mix.draw);
  }
}

}  // namespace sr
