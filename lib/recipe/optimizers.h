#pragma once

#include <optional>

#include "core/catalogue.h"
#include "recipe/adam.h"
#include "recipe/options.h"

namespace sr::recipe {

/// Nesterov's momentum by differences of gradients; optim/adan.h.
struct AdanOptions {
  std::array<double, 3> betas{0.98, 0.92, 0.99};
  double eps = 1e-8;
  bool no_prox = false;
  friend bool operator==(const AdanOptions&, const AdanOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = AdanOptions;
    v.list("betas", &O::betas, below(0, 1),
           "Decay of the running means: of the gradient, of its change, of the square.");
    v.number("eps", &O::eps, more_than(0), kEpsHelp);
    v.flag("no_prox", &O::no_prox, "Weight decay before the update, as AdamW has it.");
  }
};

/// optim/sgd.h
struct SgdOptions {
  double momentum = 0;
  double dampening = 0;
  bool nesterov = false;
  friend bool operator==(const SgdOptions&, const SgdOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SgdOptions;
    v.number("momentum", &O::momentum, below(0, 1), "Share of the last update that is kept.");
    v.number("dampening", &O::dampening, between(0, 1),
             "Share of the gradient that the momentum leaves out.");
    v.flag("nesterov", &O::nesterov,
           "Nesterov's momentum; with SGD needs momentum without dampening.");
  }
};

/// optim/adamw_schedule_free.h
struct AdamWScheduleFreeOptions {
  Betas betas{0.9, 0.999};
  double eps = 1e-8;
  std::int64_t warmup_steps = 0;
  double r = 0;
  double weight_lr_power = 2;
  friend bool operator==(const AdamWScheduleFreeOptions&,
                         const AdamWScheduleFreeOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = AdamWScheduleFreeOptions;
    v.list("betas", &O::betas, below(0, 1), kBetasHelp);
    v.number("eps", &O::eps, more_than(0), kEpsHelp);
    v.number("warmup_steps", &O::warmup_steps, at_least(0),
             "Steps in which the learning rate rises linearly from 0.");
    v.number("r", &O::r, at_least(0), "Weight of a step in the average grows as step^r.");
    v.number("weight_lr_power", &O::weight_lr_power, at_least(0),
             "And as this power of the largest learning rate so far.");
  }
};

/// optim/adan_schedule_free.h
struct AdanScheduleFreeOptions {
  std::array<double, 3> betas{0.98, 0.92, 0.99};
  double eps = 1e-8;
  std::int64_t warmup_steps = 10000;
  double r = 0;
  double weight_lr_power = 2;
  friend bool operator==(const AdanScheduleFreeOptions&, const AdanScheduleFreeOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = AdanScheduleFreeOptions;
    v.list(
        "betas", &O::betas, below(0, 1),
        "Decay of the running means: of the gradient, which the average leans on as well, of its "
        "change, of the square.");
    v.number("eps", &O::eps, more_than(0), kEpsHelp);
    v.number("warmup_steps", &O::warmup_steps, at_least(0),
             "Steps in which the weight of a step in the average rises as lr would in a warm-up.");
    v.number("r", &O::r, at_least(0), "Weight of a step in the average grows as step^r.");
    v.number("weight_lr_power", &O::weight_lr_power, at_least(0),
             "And as this power of the largest learning rate so far.");
  }
};

/// optim/stable_adamw.h
struct StableAdamWOptions {
  Betas betas{0.9, 0.99};
  double eps = 1e-8;
  bool weight_decouple = true;
  friend bool operator==(const StableAdamWOptions&, const StableAdamWOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = StableAdamWOptions;
    v.list("betas", &O::betas, below(0, 1), kBetasHelp);
    v.number("eps", &O::eps, more_than(0), kEpsHelp);
    v.flag("weight_decouple", &O::weight_decouple,
           "Weight decay apart from the gradient; false adds it to the gradient.");
  }
};

/// optim/adopt.h
struct AdoptOptions {
  Betas betas{0.9, 0.9999};
  double eps = 1e-6;
  bool weight_decouple = false;
  friend bool operator==(const AdoptOptions&, const AdoptOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = AdoptOptions;
    v.list("betas", &O::betas, below(0, 1), kBetasHelp);
    v.number("eps", &O::eps, more_than(0), "The smallest number that a gradient is divided by.");
    v.flag("weight_decouple", &O::weight_decouple,
           "Weight decay apart from the gradient; false adds it to the gradient.");
  }
};

/// optim/soap.h
struct SoapOptions {
  Betas betas{0.95, 0.95};
  std::optional<double> shampoo_beta{};  ///< empty: betas[1]
  double eps = 1e-8;
  int precondition_frequency = 10;
  int max_precondition_dim = 10000;
  bool correct_bias = true;
  friend bool operator==(const SoapOptions&, const SoapOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SoapOptions;
    v.list("betas", &O::betas, below(0, 1), kBetasHelp);
    v.automatic("shampoo_beta", &O::shampoo_beta, below(0, 1),
                "Decay of the statistics that bases are found from; auto: the second of betas.");
    v.number("eps", &O::eps, more_than(0), kEpsHelp);
    v.number("precondition_frequency", &O::precondition_frequency, at_least(1),
             "Steps from one finding of bases to the next.");
    v.number("max_precondition_dim", &O::max_precondition_dim, at_least(1),
             "Dimensions of a weight above this keep their own basis.");
    v.flag("correct_bias", &O::correct_bias, "Means without their start at 0, as Adam has them.");
  }
};

/// optim/muon.h
struct MuonOptions {
  double momentum = 0.95;
  bool nesterov = true;
  int ns_steps = 5;
  double adamw_lr = 3e-4;
  Betas adamw_betas{0.9, 0.95};
  double adamw_wd = 0;
  double adamw_eps = 1e-10;
  friend bool operator==(const MuonOptions&, const MuonOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = MuonOptions;
    v.number("momentum", &O::momentum, below(0, 1), "Share of the mean of gradients that is kept.");
    v.flag("nesterov", &O::nesterov, "Nesterov's momentum.");
    v.number("ns_steps", &O::ns_steps, between(1, 20),
             "Iterations that make a matrix about orthogonal.");
    v.number("adamw_lr", &O::adamw_lr, more_than(0),
             "Learning rate of what is no matrix, which AdamW moves; it follows the schedule as "
             "lr does.");
    v.list("adamw_betas", &O::adamw_betas, below(0, 1), "betas of AdamW for what is no matrix.");
    v.number("adamw_wd", &O::adamw_wd, at_least(0), "Weight decay of what is no matrix.");
    v.number("adamw_eps", &O::adamw_eps, more_than(0), "eps of AdamW for what is no matrix.");
  }
};

/// Every optimizer, in the order of the documentation. optim/optimizer.cpp says what computes each.
inline constexpr std::tuple kOptimizers{
    row<AdamWOptions>("AdamW", "weight decay apart from the gradient (Loshchilov & Hutter)"),
    row<AdamOptions>("Adam", "weight decay added to the gradient (Kingma & Ba)"),
    row<NAdamOptions>("NAdam", "Adam with Nesterov's momentum (Dozat)"),
    row<AdanOptions>("Adan", "Nesterov's momentum by differences of gradients (Xie et al.)"),
    row<SgdOptions>("SGD", "gradient descent, with momentum or Nesterov's"),
    row<AdamWScheduleFreeOptions>(
        "AdamWScheduleFree",
        "AdamW that averages instead of decaying its learning rate (Defazio et al.)"),
    row<AdanScheduleFreeOptions>(
        "AdanScheduleFree",
        "Adan that averages instead of decaying its learning rate (traiNNer-redux)", "Adan_SF"),
    row<StableAdamWOptions>("StableAdamW",
                            "AdamW with a smaller step where gradients jump (Wortsman et al.)"),
    row<AdoptOptions>("ADOPT",
                      "Adam that divides by the squares before this step (Taniguchi et al.)"),
    row<SoapOptions>("SOAP", "Adam in the eigenbases of a weight's dimensions (Vyas et al.)"),
    row<MuonOptions>("Muon", "orthogonal updates of matrices, AdamW for the rest (Jordan et al.)"),
};

}  // namespace sr::recipe
