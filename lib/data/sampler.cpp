#include "data/sampler.h"

#include <stdexcept>

namespace sr {

Sampler::Sampler(std::uint64_t seed, std::uint64_t images, bool use_hflip, bool use_rot)
    : seed_(seed), images_(images), use_hflip_(use_hflip), use_rot_(use_rot) {
  if (images == 0) {
    throw std::invalid_argument("Sampler of an empty data set");
  }
}

SampleDescriptor Sampler::operator()(std::uint64_t sample) const {
  const std::uint64_t pass = sample / images_;
  const Permutation order(hash(seed_, pass, Stream::kPermutation), images_);
  const auto draw = [&](Stream stream) { return hash(seed_, sample, stream); };
  const auto coin = [&](Stream stream) { return (draw(stream) >> 63) != 0; };

  SampleDescriptor descriptor;
  descriptor.image = order(sample % images_);
  descriptor.u = unit(draw(Stream::kCropX));
  descriptor.v = unit(draw(Stream::kCropY));
  descriptor.augmentation.flip_horizontal = use_hflip_ && coin(Stream::kFlipHorizontal);
  descriptor.augmentation.flip_vertical = use_rot_ && coin(Stream::kFlipVertical);
  descriptor.augmentation.transpose = use_rot_ && coin(Stream::kTranspose);
  return descriptor;
}

}  // namespace sr
