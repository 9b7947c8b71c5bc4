#include "config/field_kinds.h"
#include "config/tables.h"

// Optimizers and schedules: each type has its own settings.

namespace sr::settings {
namespace {

const std::vector<std::string> kWithBetas{"AdamW", "Adam", "NAdam", "Adan", "AdamWScheduleFree"};

/// A type field that sets the section to the type's defaults before its arguments are read.
template <typename S>
Field<S> type_with_defaults(Field<S> field, S (*defaults)(const std::string&)) {
  field.read = [read = field.read, defaults](const Node& node, S& section, const Site& site) {
    Problem problem = read(node, section, site);
    if (!problem) {
      section = defaults(section.type);
    }
    return problem;
  };
  return field;
}

std::vector<double OptimizerConfig::*> betas_of(const OptimizerConfig& optimizer) {
  using O = OptimizerConfig;
  if (optimizer.type == "Adan") {
    return {&O::beta1, &O::beta2, &O::beta3};
  }
  return {&O::beta1, &O::beta2};
}

Field<OptimizerConfig> betas_field() {
  Field<OptimizerConfig> field{
      FieldText{"betas", "list of 2 numbers, Adan: 3", "0 <= x < 1",
                "Decay of the running means: of the gradient, (Adan) of its change, of the "
                "square."}};
  field.read = [wanted = static_cast<const FieldText&>(field)](
                   const Node& node, OptimizerConfig& out, const Site&) -> Problem {
    const auto betas = betas_of(out);
    const Range legal = below(0, 1);
    bool good = node.is_list() && node.children.size() == betas.size();
    for (std::size_t i = 0; good && i < betas.size(); ++i) {
      const std::optional<double> beta = node.children[i].number();
      good = beta && legal.contains(*beta);
      out.*betas[i] = good ? *beta : out.*betas[i];
    }
    if (!good) {
      return fmt::format("expected list of {} numbers {}, got {}", betas.size(), wanted.range,
                         node.shown());
    }
    return std::nullopt;
  };
  field.write = [](const OptimizerConfig& optimizer) {
    std::vector<Node> items;
    for (const auto beta : betas_of(optimizer)) {
      items.push_back(node_of(optimizer.*beta));
    }
    return list_node(std::move(items));
  };
  return std::move(field)
      .only_for(kWithBetas)
      .default_is("[0.9, 0.99]; NAdam, AdamWScheduleFree [0.9, 0.999]; Adan [0.98, 0.92, 0.99]");
}

}  // namespace

OptimizerConfig optimizer_defaults(const std::string& type) {
  OptimizerConfig optimizer;
  optimizer.type = type;
  if (type == "NAdam" || type == "AdamWScheduleFree") {
    optimizer.beta2 = 0.999;
  } else if (type == "Adan") {
    optimizer.beta1 = 0.98;
    optimizer.beta2 = 0.92;
  }
  return optimizer;
}

SchedulerConfig scheduler_defaults(const std::string& type) {
  SchedulerConfig scheduler;
  scheduler.type = type;
  if (type == "MultiStepRestartLR" || type == "StepLR") {
    scheduler.gamma = 0.1;
  }
  return scheduler;
}

const Fields<OptimizerConfig>& optimizer_fields() {
  static const Fields<OptimizerConfig> kFields = [] {
    using O = OptimizerConfig;
    const std::vector<std::string> free{"AdamWScheduleFree"};
    return Fields<O>{
        type_with_defaults(type_field(TypeKind::kOptimizer, &O::type, "The update rule."),
                           &optimizer_defaults),
        number("lr", &O::lr, more_than(0), "Learning rate before schedule and warm-up.")
            .default_is("0.0002; required with SGD"),
        number("weight_decay", &O::weight_decay, at_least(0), "Pull of the weights towards 0."),
        betas_field(),
        number("eps", &O::eps, more_than(0), "Added to the divisor.").only_for(kWithBetas),
        flag("decoupled_weight_decay", &O::decoupled_weight_decay,
             "Weight decay apart from the gradient, as AdamW has it.")
            .only_for({"Adam", "NAdam"}),
        number("momentum_decay", &O::momentum_decay, at_least(0),
               "How slowly the momentum grows towards the first of betas; 0 = it stays at half.")
            .only_for({"NAdam"}),
        flag("no_prox", &O::no_prox, "Weight decay before the update, as AdamW has it.")
            .only_for({"Adan"}),
        number("momentum", &O::momentum, below(0, 1), "Share of the last update that is kept.")
            .only_for({"SGD"}),
        number("dampening", &O::dampening, between(0, 1),
               "Share of the gradient that the momentum leaves out.")
            .only_for({"SGD"}),
        flag("nesterov", &O::nesterov, "Nesterov's momentum; needs momentum without dampening.")
            .only_for({"SGD"}),
        number("warmup_steps", &O::warmup_steps, at_least(0),
               "Steps in which the learning rate rises linearly from 0.")
            .only_for(free),
        number("r", &O::r, at_least(0), "Weight of a step in the average grows as step^r.")
            .only_for(free),
        number("weight_lr_power", &O::weight_lr_power, at_least(0),
               "And as this power of the largest learning rate so far.")
            .only_for(free),
    };
  }();
  return kFields;
}

namespace {

/// Schedules of traiNNer-redux that begin with a warm-up of their own.
void add_warmups(Fields<SchedulerConfig>& fields) {
  using S = SchedulerConfig;
  const std::vector<std::string> cosine{"CosineAnnealingWarmupLR"};
  const std::vector<std::string> stable{"WarmupStableDecayLR"};
  fields.push_back(number("warmup_iters", &S::warmup_iters, at_least(0),
                          "Steps in which the learning rate rises linearly from 0.")
                       .only_for(cosine));
  fields.push_back(
      number("eta_min_ratio", &S::eta_min_ratio, between(0, 1), "The last learning rate / lr.")
          .only_for(cosine));
  fields.push_back(number("num_warmup_steps", &S::num_warmup_steps, at_least(0),
                          "Steps in which the learning rate rises linearly from 0.")
                       .only_for(stable)
                       .default_is("required with its type"));
  fields.push_back(
      number("num_stable_steps", &S::num_stable_steps, at_least(0), "Steps at lr after those.")
          .only_for(stable)
          .default_is("required with its type"));
  fields.push_back(number("num_decay_steps", &S::num_decay_steps, at_least(0),
                          "Steps of the fall after those; the rest of the run stays at its end.")
                       .only_for(stable)
                       .default_is("required with its type"));
  fields.push_back(number("min_lr_ratio", &S::min_lr_ratio, between(0, 1),
                          "Learning rate after the fall / lr; only cosine falls to it, the others "
                          "fall to 0 first.")
                       .only_for(stable));
  fields.push_back(
      number("num_cycles", &S::num_cycles, more_than(0), "Cosine: its periods in the fall.")
          .only_for(stable));
  fields.push_back(choice("cooldown_type", &S::cooldown_type,
                          Names<Cooldown>{{"1-sqrt", Cooldown::kOneMinusSqrt},
                                          {"cosine", Cooldown::kCosine},
                                          {"linear", Cooldown::kLinear},
                                          {"1-square", Cooldown::kOneMinusSquare}},
                          "Shape of the fall over its progress p.")
                       .only_for(stable));
}

void add_one_cycle(Fields<SchedulerConfig>& fields) {
  using S = SchedulerConfig;
  const std::vector<std::string> cycle{"OneCycleLR"};
  fields.push_back(number("total_steps", &S::total_steps, at_least(0),
                          "Length of the cycle, steps; 0 = total_iter.")
                       .only_for(cycle));
  fields.push_back(number("max_lr", &S::max_lr, at_least(0),
                          "Highest learning rate of every network; 0 = the lr of its optimizer.")
                       .only_for(cycle));
  fields.push_back(number("pct_start", &S::pct_start, between(0, 1),
                          "Share of the cycle in which the learning rate rises.")
                       .only_for(cycle));
  fields.push_back(
      choice("anneal_strategy", &S::anneal_strategy,
             Names<Annealing>{{"cos", Annealing::kCosine}, {"linear", Annealing::kLinear}},
             "Shape of rise and fall.")
          .only_for(cycle));
  fields.push_back(
      number("div_factor", &S::div_factor, more_than(0), "max_lr / the first learning rate.")
          .only_for(cycle));
  fields.push_back(number("final_div_factor", &S::final_div_factor, more_than(0),
                          "The first learning rate / the last one.")
                       .only_for(cycle));
  fields.push_back(flag("three_phase", &S::three_phase,
                        "Falls as it rose, then from the first to the last learning rate.")
                       .only_for(cycle));
}

}  // namespace

const Fields<SchedulerConfig>& scheduler_fields() {
  static const Fields<SchedulerConfig> kFields = [] {
    using S = SchedulerConfig;
    Fields<S> fields{
        type_with_defaults(type_field(TypeKind::kScheduler, &S::type,
                                      "The learning rate as a function of the step."),
                           &scheduler_defaults),
        numbers("milestones", &S::milestones, at_least(0),
                "Steps at which the learning rate is multiplied by gamma.")
            .only_for({"MultiStepLR", "MultiStepRestartLR"}),
        number("gamma", &S::gamma, more_than(0), "Factor at each milestone or step of a schedule.")
            .only_for({"MultiStepLR", "MultiStepRestartLR", "StepLR", "ExponentialLR"})
            .default_is("0.5; MultiStepRestartLR, StepLR 0.1; required with ExponentialLR"),
        number("T_max", &S::t_max, at_least(0), "Steps until eta_min; 0 = total_iter.")
            .only_for({"CosineAnnealingLR"}),
        numbers("periods", &S::periods, at_least(1),
                "Lengths of the periods, steps; together at least total_iter.")
            .only_for({"CosineAnnealingRestartLR"}),
        numbers("restarts", &S::restarts, at_least(0),
                "Steps at which the learning rate begins anew, ascending.")
            .only_for({"MultiStepRestartLR"}),
        numbers("restart_weights", &S::restart_weights, more_than(0),
                "Factor on the learning rate in each period or after each restart; empty = 1.")
            .only_for({"CosineAnnealingRestartLR", "MultiStepRestartLR"}),
        number("eta_min", &S::eta_min, at_least(0), "Learning rate at the end.")
            .only_for({"CosineAnnealingLR", "CosineAnnealingRestartLR",
                       "CosineAnnealingWarmRestarts", "WarmupStableDecay"}),
        number("T_0", &S::t_0, at_least(1), "Length of the first period, steps.")
            .only_for({"CosineAnnealingWarmRestarts"})
            .default_is("required with its type"),
        number("T_mult", &S::t_mult, between(1, 1'000'000),
               "Length of a period / of the one before.")
            .only_for({"CosineAnnealingWarmRestarts"}),
        number("total_iters", &S::total_iters, at_least(0),
               "Steps until the end of the fall, or (ConstantLR) with `factor`; 0 = total_iter.")
            .alias("total_iter")
            .default_is("0; ConstantLR with a factor 5, as PyTorch")
            .only_for({"PolynomialLR", "LinearLR", "CosineAnnealingWarmupLR", "ConstantLR"}),
        number("factor", &S::factor, between(0, 1), "Factor on lr in the first total_iters steps.")
            .default_is("1; with total_iters 1/3, as PyTorch")
            .only_for({"ConstantLR"}),
        number("power", &S::power, more_than(0), "lr x (1 - step / total_iters)^power.")
            .only_for({"PolynomialLR"}),
        number("start_factor", &S::start_factor, {.low = 0, .high = 1, .low_open = true},
               "Factor on lr in the first step.")
            .only_for({"LinearLR"}),
        number("end_factor", &S::end_factor, between(0, 1), "Factor on lr after total_iters steps.")
            .only_for({"LinearLR"}),
        number("step_size", &S::step_size, at_least(1), "Steps between two factors gamma.")
            .only_for({"StepLR"})
            .default_is("required with its type"),
        number("decay_iter", &S::decay_iter, at_least(0),
               "Last steps of the run, in which lr falls linearly to eta_min; 0 = a tenth.")
            .only_for({"WarmupStableDecay"}),
    };
    add_warmups(fields);
    add_one_cycle(fields);
    return fields;
  }();
  return kFields;
}

}  // namespace sr::settings
