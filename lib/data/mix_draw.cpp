#include "data/mix_draw.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "degrade/draws.h"

namespace sr {
namespace {

// traiNNer-redux's ranges.
constexpr Interval kMixupWeight{0.4, 0.6};
constexpr Interval kCutmixKept{0, 0.9};  // share of the crop that stays
constexpr Interval kResizemixSide{0.5, 0.9};
constexpr Interval kCutblurSide{0.2, 0.7};

double amount_of(BatchMix kind, std::uint64_t bits) {
  switch (kind) {
    case BatchMix::kMixup:
      return uniform(bits, kMixupWeight);
    case BatchMix::kCutmix:
      return std::sqrt(1 - uniform(bits, kCutmixKept));
    case BatchMix::kResizemix:
      return uniform(bits, kResizemixSide);
    case BatchMix::kCutblur:
      return uniform(bits, kCutblurSide);
    case BatchMix::kNone:
      break;
  }
  return 0;
}

}  // namespace

MixDraw draw_mix(const BatchMixOptions& options, std::uint64_t seed, std::uint64_t sample) {
  if (!options.use_moa) {
    return {};
  }
  const Draws draws(hash(seed, sample, Stream::kDegradation));
  MixDraw draw;
  draw.kind = options.moa_augs[weighted(draws.bits(SampleDraw::kMix), options.moa_probs)];
  draw.partner = unit(draws.bits(SampleDraw::kMixPartner));
  draw.amount = amount_of(draw.kind, draws.bits(SampleDraw::kMixAmount));
  draw.x = unit(draws.bits(SampleDraw::kMixX));
  draw.y = unit(draws.bits(SampleDraw::kMixY));
  return draw;
}

MixBox mix_box(const MixDraw& draw, int side) {
  const int half = std::max(1, static_cast<int>(side * draw.amount) / 2);
  const auto middle = [&](double position) { return static_cast<int>(position * side); };
  const auto inside = [&](int place) { return std::clamp(place, 0, side); };
  const int x = middle(draw.x);
  const int y = middle(draw.y);
  return {inside(x - half), inside(y - half), inside(x + half), inside(y + half)};
}

std::int64_t mix_partner(const MixDraw& draw, std::int64_t index, std::int64_t count) {
  if (count < 2) {
    return index;
  }
  const auto others = static_cast<double>(count - 1);
  return (index + 1 + static_cast<std::int64_t>(draw.partner * others)) % count;
}

}  // namespace sr
