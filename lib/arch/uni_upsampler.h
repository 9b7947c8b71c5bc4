#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "arch/options.h"
#include "arch/tensor_shapes.h"
#include "core/describe.h"

namespace sr::arch {

/// traiNNer-redux's UniUpsampleV3 and UniUpsample, its first version; its code in weight files is
/// the place in its list.
enum class UniUpsampler {
  kConv = 0,
  kPixelShuffleDirect = 1,
  kPixelShuffle = 2,
  kNearestConv = 3,
  kDySample = 4,
  kTransposeConv = 5,
  kLda = 6,
  kPaUp = 7,
};

inline Names<UniUpsampler> uni_upsamplers() {
  return {{"conv", UniUpsampler::kConv},
          {"pixelshuffledirect", UniUpsampler::kPixelShuffleDirect},
          {"pixelshuffle", UniUpsampler::kPixelShuffle},
          {"nearest+conv", UniUpsampler::kNearestConv},
          {"dysample", UniUpsampler::kDySample},
          {"transpose+conv", UniUpsampler::kTransposeConv},
          {"lda", UniUpsampler::kLda},
          {"pa_up", UniUpsampler::kPaUp}};
}

/// Those that the first version of it has.
inline Names<UniUpsampler> first_uni_upsamplers() {
  constexpr std::size_t kAmount = 5;
  Names<UniUpsampler> names = uni_upsamplers();
  names.resize(kAmount);
  return names;
}

/// Features of a layer, and the option that sets them.
struct NamedWidth {
  const char* option;
  int features;
};

/// `option` chose `kind` for an enlargement by `scale`; dysample and lda sample features of
/// `sampled`.
std::optional<Impossible> impossible_upsampler(const char* option, UniUpsampler kind, int scale,
                                               const NamedWidth& sampled);

/// How the large image is made, its factor by the small one, and features on the way.
struct UniUpsamplerFound {
  UniUpsampler kind = UniUpsampler::kPixelShuffleDirect;
  int scale = 0;
  std::int64_t middle = 0;  ///< 0 = leaves no trace
};

/// The upsampler whose tensors' names begin with `prefix`: by the values of MetaUpsample where they
/// are known, else by shapes, which do not tell the scale of nearest+conv, lda and pa_up.
std::optional<UniUpsamplerFound> recognise_uni_upsampler(const TensorShapes& shapes,
                                                         const std::string& prefix);

}  // namespace sr::arch
