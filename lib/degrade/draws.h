#pragma once

#include <cstdint>
#include <vector>

#include "recipe/degradation.h"

namespace sr {

/// Every random choice of a stage. The number of a draw is fixed: whether another one is made
/// changes nothing about it.
enum class StageDraw : std::uint64_t {
  kBlur,
  kKernelSize,
  kSinc,
  kCutoff,
  kKernelShape,
  kSigmaX,
  kSigmaY,
  kRotation,
  kBetaSide,
  kBeta,
  kResizeDirection,
  kResizeFactor,
  kResizeMode,
  kNoiseKind,
  kNoiseStrength,
  kGrayNoise,
  kNoiseField,
  kJpeg,
  kJpegQuality,
};

/// The other choices of a sample; those of mixing with others are of its batch, too.
enum class SampleDraw : std::uint64_t {
  kSharpenRadius = 1000,
  kResizeFirst,
  kFinalResizeMode,
  kFinalSinc,
  kFinalKernelSize,
  kFinalCutoff,
  kOffsetX,
  kOffsetY,
  kThickLines,
  kFile,
  kMix,
  kMixPartner,
  kMixAmount,
  kMixX,
  kMixY,
};

/// The random numbers of one sample's degradation: each a pure function of the sample's key and of
/// what is drawn, in whatever order.
class Draws {
 public:
  /// `key`: SampleDescriptor::degradation_key.
  explicit Draws(std::uint64_t key) : key_(key) {}

  /// Those of stage 1 or 2.
  std::uint64_t bits(int stage, StageDraw draw) const;
  std::uint64_t bits(SampleDraw draw) const;

 private:
  std::uint64_t key_;
};

/// True with this probability.
bool chance(std::uint64_t bits, double probability);
/// Uniform in [low, high).
double uniform(std::uint64_t bits, Interval interval);
/// One of low, low + 2, ... high: an odd size where low is odd.
int odd_size(std::uint64_t bits, Interval range);
/// Position in the list of weights (not negative, their sum above 0), each as often as it weighs.
std::size_t weighted(std::uint64_t bits, const std::vector<double>& weights);

}  // namespace sr
