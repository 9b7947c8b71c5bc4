#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// Criterion of Cb and Cr (BT.601) after averaging squares of `scale` pixels.
struct ColorOptions {
  Criterion criterion = Criterion::kL1;
  int scale = 4;
  friend bool operator==(const ColorOptions&, const ColorOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    describe_criterion(v, &ColorOptions::criterion);
    v.number("scale", &ColorOptions::scale, between(1, 4096),
             "Side of the averaged squares, pixels.");
  }
};
std::unique_ptr<Loss> make_loss(const ColorOptions& options);

/// Criterion of RGB after averaging squares of `scale` pixels.
struct AverageOptions : ColorOptions {};
std::unique_ptr<Loss> make_loss(const AverageOptions& options);

/// Criterion of CIE L* / 100.
struct LumaOptions {
  Criterion criterion = Criterion::kL1;
  friend bool operator==(const LumaOptions&, const LumaOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    describe_criterion(v, &LumaOptions::criterion);
  }
};
std::unique_ptr<Loss> make_loss(const LumaOptions& options);

/// cosim_lambda (1 - mean cosine between the RGB vectors of output and gt).
struct CosineSimilarityOptions {
  double cosim_lambda = 5;
  friend bool operator==(const CosineSimilarityOptions&, const CosineSimilarityOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.number("cosim_lambda", &CosineSimilarityOptions::cosim_lambda, more_than(0),
             "Factor of 1 - cosine.");
  }
};
std::unique_ptr<Loss> make_loss(const CosineSimilarityOptions& options);

}  // namespace sr::recipe
