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
  double r1_reg_weight = 0;   ///< of the gradient penalty, train/gradient_penalty.h; 0 = none
  int net_d_reg_every = 16;   ///< steps from one penalty to the next
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
    v.number("r1_reg_weight", &O::r1_reg_weight, at_least(0),
             "Weight of the discriminator's gradient penalty R1 on real images (docs/gan.md); 0 = "
             "off. Also `train.r1_reg_weight`, BasicSR's place of it.");
    v.number("net_d_reg_every", &O::net_d_reg_every, at_least(1),
             "r1_reg_weight: the penalty is a part of every n-th step, with n times the weight. "
             "Also `train.net_d_reg_every`.");
  }
};

}  // namespace sr::recipe
