#pragma once

#include "core/describe.h"

namespace sr::arch {

/// traiNNer-redux's UniUpsampleV3; its code in weight files is the place in its list.
enum class UniUpsampler {
  kConv = 0,
  kPixelShuffleDirect = 1,
  kPixelShuffle = 2,
  kNearestConv = 3,
  kDySample = 4,
  kTransposeConv = 5,
  kPaUp = 7,
};

inline Names<UniUpsampler> uni_upsamplers() {
  return {{"conv", UniUpsampler::kConv},
          {"pixelshuffledirect", UniUpsampler::kPixelShuffleDirect},
          {"pixelshuffle", UniUpsampler::kPixelShuffle},
          {"nearest+conv", UniUpsampler::kNearestConv},
          {"dysample", UniUpsampler::kDySample},
          {"transpose+conv", UniUpsampler::kTransposeConv},
          {"pa_up", UniUpsampler::kPaUp}};
}

}  // namespace sr::arch
