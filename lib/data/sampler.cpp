#include "data/sampler.h"

#include <utility>

namespace sr {

Sampler::Sampler(SampleOrder order, std::uint64_t seed, bool use_hflip, bool use_rot)
    : order_(std::move(order)), seed_(seed), use_hflip_(use_hflip), use_rot_(use_rot) {}

SampleDescriptor Sampler::operator()(std::uint64_t sample) const {
  const auto draw = [&](Stream stream) { return hash(seed_, sample, stream); };
  const auto coin = [&](Stream stream) { return (draw(stream) >> 63) != 0; };

  SampleDescriptor descriptor;
  descriptor.image = order_.item(sample);
  descriptor.u = unit(draw(Stream::kCropX));
  descriptor.v = unit(draw(Stream::kCropY));
  descriptor.augmentation.flip_horizontal = use_hflip_ && coin(Stream::kFlipHorizontal);
  descriptor.augmentation.flip_vertical = use_rot_ && coin(Stream::kFlipVertical);
  descriptor.augmentation.transpose = use_rot_ && coin(Stream::kTranspose);
  descriptor.degradation_key = draw(Stream::kDegradation);
  return descriptor;
}

}  // namespace sr
