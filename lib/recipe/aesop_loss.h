#pragma once

#include <optional>
#include <string>

#include "core/catalogue.h"
#include "recipe/options.h"

namespace sr::recipe {

/// AESOP (Lee et al. 2025) as in traiNNer-redux: the criterion of what an autoencoder makes of
/// output and gt. Its encoder, two RRDBs behind a fold by `scale`, makes images 1 / scale as large;
/// its decoder is any network of that scale.
struct AesopOptions {
  Criterion criterion = Criterion::kCharbonnier;
  int scale = 4;
  std::string weights{};
  /// The decoder, a settings::NestedNetwork, which config/loss_section.cpp reads as `decoder_opt`.
  AnyOptions decoder{};
  friend bool operator==(const AesopOptions&, const AesopOptions&) = default;

  static constexpr int kFeatures = 64;  ///< of the folded image: the fold must divide them

  /// What of these settings does not fit together, or nothing.
  std::optional<std::string> problem() const {
    return kFeatures % (scale * scale) == 0
               ? std::nullopt
               : std::optional<std::string>("scale: 1, 2, 4 or 8, whose squares divide 64");
  }

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = AesopOptions;
    v.choice("criterion", &O::criterion,
             Names<Criterion>{{"l1", Criterion::kL1}, {"charbonnier", Criterion::kCharbonnier}},
             "What is made of a difference.");
    v.number("scale", &O::scale, between(1, 8),
             "By which the autoencoder shrinks images and enlarges them again: 1, 2, 4 or 8.")
        .require();
    v.path("weights", &O::weights, "File with the weights of the autoencoder.")
        .alias("pretrain_network_ae")
        .require();
  }
};
/// Reads the file `weights`; throws ConfigError when there is none, CheckpointError when it holds
/// something else.
std::unique_ptr<Loss> make_loss(const AesopOptions& options);

}  // namespace sr::recipe
