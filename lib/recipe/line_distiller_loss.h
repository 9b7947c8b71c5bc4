#pragma once

#include <string>

#include "recipe/options.h"

namespace sr::recipe {

/// traiNNer-redux's: the criterion of the line drawings that a network makes of output and gt.
struct LineDistillerOptions {
  Criterion criterion = Criterion::kL1;
  std::string weights = "experiments/pretrained_models/line_distiller.safetensors";
  friend bool operator==(const LineDistillerOptions&, const LineDistillerOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = LineDistillerOptions;
    describe_criterion(v, &O::criterion);
    v.path("weights", &O::weights, "File with the weights of traiNNer-redux's line distiller.");
  }
};
/// Reads the file `weights`; throws ConfigError when there is none, CheckpointError when it holds
/// something else.
std::unique_ptr<Loss> make_loss(const LineDistillerOptions& options);

}  // namespace sr::recipe
