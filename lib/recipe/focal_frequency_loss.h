#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// Focal frequency loss (Jiang et al. 2021) with traiNNer-redux's factor 50: the squared difference
/// of the spectra, frequencies weighted by their own difference relative to the largest one. With
/// ave_spectrum or batch_matrix it depends on the batch as a whole. Rows and columns that
/// patch_factor does not divide are left out.
struct FocalFrequencyOptions {
  double alpha = 1;
  int patch_factor = 1;
  bool ave_spectrum = true;
  bool log_matrix = false;
  bool batch_matrix = false;
  friend bool operator==(const FocalFrequencyOptions&, const FocalFrequencyOptions&) = default;
  int smallest_side() const { return patch_factor; }

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = FocalFrequencyOptions;
    v.number("alpha", &O::alpha, more_than(0), "Power of a frequency's weight.");
    v.number("patch_factor", &O::patch_factor, between(1, 64),
             "Cuts images into this many patches along each side.");
    v.flag("ave_spectrum", &O::ave_spectrum, "Compares the mean spectrum of the batch.");
    v.flag("log_matrix", &O::log_matrix, "Weights by the logarithm of the difference.");
    v.flag("batch_matrix", &O::batch_matrix, "One largest weight for the whole batch.");
  }
};
std::unique_ptr<Loss> make_loss(const FocalFrequencyOptions& options);

}  // namespace sr::recipe
