#pragma once

#include <concepts>
#include <numeric>

#include "arch/catalogue.h"
#include "infer/tiling.h"

/// Networks whose output may depend on any pixel of the image, and on which grid each works: a part
/// of infer/reach.cpp, which has those whose reach is bounded.
namespace sr {

template <typename T, typename... Others>
concept OneOf = (std::same_as<T, Others> || ...);

/// Windows see each other through the shifted ones between them: the reach is the whole image of
/// most sizes, and tiles are blended. They begin where windows do, HiT-SR's where the largest do.
template <std::derived_from<arch::WindowOptions> Options>
Surroundings surroundings(const Options& options, int /*scale*/) {
  if constexpr (std::derived_from<Options, arch::HitOptions>) {
    return {.grid = options.largest_window()};
  } else {
    return {.grid = options.window_size};
  }
}

/// Networks without a bound that say on which grid they work. Channel attention (GaterV3,
/// CascadedGaze) and attention of features (DocRes, which also tells pixels their place) see the
/// whole image; windows see each other through stripes (GRL) or through windows that are shifted
/// (ELAN, EMT).
template <OneOf<arch::GrlOptions, arch::GaterV3Options, arch::ElanOptions,
                arch::CascadedGazeOptions, arch::DocResOptions, arch::EmtOptions>
              Options>
Surroundings surroundings(const Options& options, int /*scale*/) {
  return {.grid = options.grid()};
}

/// Weights of channels (EIMN), attention (Sebica) and GroupNorm (TemporalSPAN) average the whole
/// image, on no grid.
template <OneOf<arch::EimnOptions, arch::SebicaOptions, arch::TemporalSpanOptions> Options>
Surroundings surroundings(const Options& /*options*/, int /*scale*/) {
  return {};
}

/// Windows that are spread over the image.
inline Surroundings surroundings(const arch::DwtOptions& options, int /*scale*/) {
  return {.grid = options.grid()};
}

/// Channel attention sees the whole image.
inline Surroundings surroundings(const arch::DatOptions& options, int scale) {
  return {.grid = options.longer_side() * options.fold(scale)};
}

/// So does the attention of features that joins CRAFT's branches.
inline Surroundings surroundings(const arch::CraftOptions& options, int /*scale*/) {
  return {.grid = options.window_size};
}

/// Attention of the whole image, whose pixels are shrunk by 4 and by 4.
inline Surroundings surroundings(const arch::RgtOptions& options, int /*scale*/) {
  constexpr int kShrunk = 16;
  return {.grid = std::lcm(options.longer_side(), kShrunk)};
}

/// Shifted windows see what the other end of the image brought there.
inline Surroundings surroundings(const arch::DctlsaOptions& /*options*/, int /*scale*/) {
  return {.grid = 16};
}

/// Windows of pixels that are 8 image pixels wide.
inline Surroundings surroundings(const arch::LmltOptions& /*options*/, int /*scale*/) {
  return {.grid = 64};
}

/// Channel attention and grid attention see the whole image.
inline Surroundings surroundings(const arch::OmniSrOptions& options, int /*scale*/) {
  return {.grid = options.window_size};
}

/// So do its gates and its attention of features.
inline Surroundings surroundings(const arch::FdatOptions& options, int scale) {
  return {.grid = options.window_size * options.fold(scale)};
}

/// Frames are moved by what the whole image says, and FDAT follows.
inline Surroundings surroundings(const arch::TfdatOptions& options, int scale) {
  return {.grid = options.multiple(scale)};
}

/// Windows of 8 pixels at an eighth of the size. Images are padded around their middle, so windows
/// of a tile lie where those of the whole do only if both grow alike.
inline Surroundings surroundings(const arch::ScuNetOptions& /*options*/, int /*scale*/) {
  return {.grid = 64};
}
inline Surroundings surroundings(const arch::TScuNetOptions& /*options*/, int /*scale*/) {
  return {.grid = 64};
}

/// Channel attention averages the whole image, here and in RCAN. The grid is that of the U-Nets'
/// steps.
inline Surroundings surroundings(const arch::RealCuganOptions& options, int scale) {
  return {.grid = options.fast || scale == 3 ? 4 : 2};
}

inline Surroundings surroundings(const arch::RcanOptions& options, int scale) {
  return {.grid = options.unshuffle_mod && scale <= 2 ? 4 / scale : 1};
}

/// Modulation averages the whole image.
inline Surroundings surroundings(const arch::LkfMixerOptions& /*options*/, int /*scale*/) {
  return {.grid = arch::LkfMixerOptions::kGrid};
}

/// Windows of an image whose sides are no multiples of theirs stretch with it.
inline Surroundings surroundings(const arch::SafmnOptions& /*options*/, int /*scale*/) {
  return {.grid = arch::SafmnOptions::kGrid};
}

/// Experts are chosen by the mean of the image. What they are steered by is on a coarser grid.
inline Surroundings surroundings(const arch::SeemoreOptions& options, int /*scale*/) {
  return {.grid = 1 << (2 * options.recursive)};
}

/// Kernels are made of the mean of the image. Windows do not see across the grid that they are on.
inline Surroundings surroundings(const arch::EscRealMOptions& options, int scale) {
  return {.grid = options.window_size * options.fold(scale)};
}

/// Convolutions between the windows let them see each other: the reach is the whole image of most
/// sizes.
inline Surroundings surroundings(const arch::FlexNetOptions& options, int /*scale*/) {
  return {.grid = options.multiple()};
}

/// Nothing tells how far a program looks.
inline Surroundings surroundings(const arch::TorchScriptOptions& /*options*/, int /*scale*/) {
  return {};
}

}  // namespace sr
