#include "infer/reach.h"

#include <concepts>

namespace sr {
namespace {

/// A pixel for each 3x3 convolution.
Surroundings surroundings(const arch::CompactOptions& options, int /*scale*/) {
  return {.reach = options.num_conv + 2};
}

Surroundings rrdb(const arch::RrdbNetOptions& options, int scale, bool folds) {
  const int fold = folds && scale <= 2 ? 4 / scale : 1;
  const int network_scale = scale * fold;
  const int factor = network_scale == 3 ? 3 : 2;
  // From the output back: the last two convolutions, then the one behind each step up, whose
  // pixels are the coarser grid's in the next; 15 in each block, and one on each side of them.
  int pixels = 2;
  for (int left = network_scale; left > 1; left /= factor) {
    pixels = (pixels + 1 + factor - 1) / factor;
  }
  constexpr int kInBlock = 15;
  pixels += 2 + kInBlock * options.num_block;
  return {.reach = (pixels + 1) * fold - 1, .grid = fold};  // of a fold any pixel may be the one
}

Surroundings surroundings(const arch::RrdbNetOptions& options, int scale) {
  return rrdb(options, scale, true);
}

Surroundings surroundings(const arch::EsrganOptions& options, int scale) {
  return rrdb(options, scale, options.use_pixel_unshuffle);
}

/// Windows see each other through the shifted ones between them: the reach is the whole image of
/// most sizes, and tiles are blended. They begin where windows do.
template <std::derived_from<arch::WindowOptions> Options>
Surroundings surroundings(const Options& options, int /*scale*/) {
  return {.grid = options.window_size};
}

/// Channel attention and grid attention see the whole image.
Surroundings surroundings(const arch::OmniSrOptions& options, int /*scale*/) {
  return {.grid = options.window_size};
}

/// Families whose reach nobody has worked out: their tiles are blended.
template <typename Options>
Surroundings surroundings(const Options& /*options*/, int /*scale*/) {
  return {};
}

}  // namespace

Surroundings surroundings_of(const arch::Options& options, int scale) {
  return std::visit([&](const auto& own) { return surroundings(own, scale); }, options);
}

}  // namespace sr
