#pragma once

#include <vector>

#include "core/describe.h"

// Augmentations of whole batches (docs/batch_mixing.md). Names and meaning are those of
// traiNNer-redux's mixture of augmentations.

namespace sr {

enum class BatchMix { kNone, kMixup, kCutmix, kResizemix, kCutblur };

inline Names<BatchMix> batch_mixes() {
  return {{"none", BatchMix::kNone},
          {"mixup", BatchMix::kMixup},
          {"cutmix", BatchMix::kCutmix},
          {"resizemix", BatchMix::kResizemix},
          {"cutblur", BatchMix::kCutblur}};
}

/// A sample is mixed in one of these ways, each as often as it weighs. The defaults are those of
/// traiNNer-redux's templates.
struct BatchMixOptions {
  bool use_moa = false;
  std::vector<BatchMix> moa_augs{BatchMix::kNone, BatchMix::kMixup, BatchMix::kCutmix,
                                 BatchMix::kResizemix, BatchMix::kCutblur};
  std::vector<double> moa_probs{0.4, 0.084, 0.084, 0.084, 0.348};  ///< relative to their sum
  friend bool operator==(const BatchMixOptions&, const BatchMixOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = BatchMixOptions;
    v.flag("use_moa", &O::use_moa,
           "Mixes the samples of a batch with each other and GT into LQ "
           "([explained](batch_mixing.md)).");
    v.choices("moa_augs", &O::moa_augs, batch_mixes(),
              "With use_moa: ways of mixing, of which every sample gets one, with `moa_probs`.");
    v.numbers("moa_probs", &O::moa_probs, at_least(0), "Weight of each way of `moa_augs`.");
  }
};

}  // namespace sr
