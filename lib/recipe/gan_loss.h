#pragma once

#include "recipe/options.h"

namespace sr::recipe {

enum class GanType { kVanilla, kLsgan, kWgan, kWganSoftplus, kHinge };

/// The loss of a discriminator's logits; the formulas are in loss/gan_loss.h.
struct GanOptions {
  GanType gan_type = GanType::kVanilla;
  double real_label_val = 1;  ///< vanilla, lsgan: what the discriminator is to say of GT
  double fake_label_val = 0;
  bool relativistic = false;  ///< logits are compared with the mean logit of the other kind
  friend bool operator==(const GanOptions&, const GanOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = GanOptions;
    v.choice("gan_type", &O::gan_type,
             Names<GanType>{{"vanilla", GanType::kVanilla},
                            {"lsgan", GanType::kLsgan},
                            {"wgan", GanType::kWgan},
                            {"wgan_softplus", GanType::kWganSoftplus},
                            {"hinge", GanType::kHinge}},
             "The formula for the logits.");
    v.number("real_label_val", &O::real_label_val, between(-1, 2),
             "What the discriminator is to say of GT (vanilla, lsgan).");
    v.number("fake_label_val", &O::fake_label_val, between(-1, 2),
             "What the discriminator is to say of outputs (vanilla, lsgan).");
    v.flag("relativistic", &O::relativistic,
           "Compares logits with the mean logit of the other kind (ESRGAN); BasicSR's "
           "`model_type: ESRGANModel` turns it on.");
  }
};

}  // namespace sr::recipe
