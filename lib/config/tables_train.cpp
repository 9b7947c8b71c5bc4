#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "config/loss_section.h"
#include "config/optimization_sections.h"
#include "config/schedule_scale.h"
#include "config/tables.h"
#include "fields/field_kinds.h"
#include "fields/option_fields.h"
#include "fields/path_field.h"
#include "fields/section_fields.h"
#include "recipe/metrics.h"

namespace sr::settings {
namespace {

Node losses_node(const TrainConfig& train) {
  std::vector<Node> items;
  for (const LossConfig& loss : train.losses) {
    items.push_back(write_loss(loss));
  }
  return list_node(std::move(items));
}

Node optim_d_node(const TrainConfig& train) {
  return train.optim_d ? optimizer_section().write(*train.optim_d) : null_node();
}

/// "a, b and c"
std::string in_words(const std::vector<std::string>& names) {
  return fmt::format("{} and {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

Field<TrainConfig> total_iter_field() {
  Field<TrainConfig> field =
      number("total_iter", &TrainConfig::total_iter, at_least(1),
             "Length of the run, optimizer steps. May be left out when schedule_by counts in "
             "something else: then the end in that unit is the only one.")
          .default_is("*required*");
  field.write = [](const TrainConfig& train) {
    return train.total_iter > 0 ? node_of(train.total_iter) : null_node();
  };
  return field;
}

Field<TrainConfig> clock_field() {
  return entries(
      "clock_schedule", &TrainConfig::clock_schedule, clock_fields, "{step, permille}",
      "{step, permille}",
      "With schedule_by: hours: from the step after `step` on, the learning rate is that of so "
      "many thousandths of max_hours, whatever the clock says, and max_hours does not end the "
      "run. Repeats a run (`scripts/events_to_schedule.py`).");
}

Node metrics_node(const ValConfig& val) {
  Node map = map_node();
  for (const MetricConfig& metric : val.metrics) {
    map.add(metric.key, write_section(metric_fields(), metric));
  }
  return map;
}

/// How long, and how time is counted.
Fields<TrainConfig> length_fields() {
  using T = TrainConfig;
  return {
      total_iter_field(),
      number("total_samples", &T::total_samples, at_least(0),
             "Ends the run once so many samples were trained on; 0 = no such end."),
      number("total_pixels", &T::total_pixels, at_least(0),
             "Ends the run once so many GT pixels were trained on; 0 = no such end."),
      number("max_hours", &T::max_hours, at_least(0),
             "Ends the run after so many hours of training, validations included, those before "
             "a resume too; 0 = no such end."),
      choice("schedule_by", &T::schedule_by,
             Names<ScheduleUnit>{{"steps", ScheduleUnit::kSteps},
                                 {"samples", ScheduleUnit::kSamples},
                                 {"pixels", ScheduleUnit::kPixels},
                                 {"hours", ScheduleUnit::kHours}},
             "What warmup_iter and the lengths of the scheduler (milestones, T_max ...) count "
             "in. The end in this unit, to which a length of 0 reaches, must be given "
             "([explained](validation.md#how-a-run-ends))."),
      clock_field(),
      number("warmup_iter", &T::warmup_iter, at_least(-1),
             "Steps (schedule_by) in which the learning rate rises linearly from 0; -1 = none."),
  };
}

/// Averages of the weights.
Fields<TrainConfig> average_fields() {
  using T = TrainConfig;
  return {
      number("ema_decay", &T::ema_decay, below(0, 1),
             "Decay per step of the averaged weights, which are validated and saved; 0 = off.")
          .default_is("0.999; 0 with AdamWScheduleFree and AdanScheduleFree"),
      number("ema_power", &T::ema_power, more_than(0),
             "Warm-up of the average: decay is at most 1 - (1 + step)^-ema_power."),
      number("ema_update_after", &T::ema_update_after, at_least(0),
             "Steps before averaging begins.")
          .alias("ema_update_after_step"),
      number("ema_switch_iter", &T::ema_switch_iter, at_least(0),
             "The trained weights become their average every so many steps; 0 = never."),
      number("ema_decay_d", &T::ema_decay_d, below(0, 1),
             "Decay of an average of the discriminator's weights, saved as net_d_ema; 0 = off."),
  };
}

/// When which network of a GAN is trained.
Fields<TrainConfig> gan_fields() {
  using T = TrainConfig;
  return {
      number("net_d_iters", &T::net_d_iters, at_least(1),
             "GAN training: the generator is trained in every n-th step, the discriminator in "
             "each."),
      number("net_d_init_iters", &T::net_d_init_iters, at_least(0),
             "GAN training: first steps in which the discriminator is trained alone."),
      flag("adaptive_d", &T::adaptive_d,
           "GAN training: the discriminator is left as it is in steps in which the generator "
           "falls behind, that is, its smoothed ganloss grows "
           "([explained](gan.md#a-discriminator-that-waits))."),
      number("adaptive_d_ema_decay", &T::adaptive_d_ema_decay, below(0, 1),
             "adaptive_d: decay per step of the smoothed ganloss, which begins with 0."),
      number("adaptive_d_threshold", &T::adaptive_d_threshold, more_than(0),
             "adaptive_d: the discriminator waits when the smoothed ganloss is more than so many "
             "times that of the step before."),
  };
}

/// What a step does.
Fields<TrainConfig> step_fields() {
  using T = TrainConfig;
  return {
      choice("lr_scaling", &T::lr_scaling,
             Names<LrScaling>{{"none", LrScaling::kNone},
                              {"sqrt", LrScaling::kSqrt},
                              {"linear", LrScaling::kLinear}},
             "How the learning rate follows a batch size that differs from "
             "batch_size_per_gpu."),
      choice("recompute", &T::recompute,
             Names<Recompute>{
                 {"auto", Recompute::kAuto}, {"on", Recompute::kOn}, {"off", Recompute::kOff}},
             "Blocks of network_g keep their input alone and are computed again in backward: "
             "less memory, slower, the same weights to the bit. on: as use_checkpoint of the "
             "network; auto: once memory asks for it "
             "([explained](memory_control.md#blocks-computed-twice)); off: if use_checkpoint "
             "asks for it.")
          .default_is("auto; off with a network without such blocks"),
      flag("grad_clip", &T::grad_clip, "Scales gradients down to grad_clip_max_norm."),
      number("grad_clip_max_norm", &T::grad_clip_max_norm, more_than(0),
             "Largest Euclidean norm of all gradients together."),
      typed_section("optim_g", &T::optim_g, optimizer_section),
      special<T>(FieldText{"optim_d", "section", "",
                           "The discriminator's optimizer, with the settings of optim_g."},
                 optim_d_node)
          .default_is("with network_d: as optim_g"),
      typed_section("scheduler", &T::scheduler, scheduler_section),
      special<T>(FieldText{"losses", "list of losses", "", "Their weighted sum is minimised."},
                 losses_node)
          .default_is("charbonnierloss, weight 1"),
      section("eco", &T::eco, eco_fields),
  };
}

Fields<TrainConfig> mix_fields() {
  OptionFields<TrainConfig> mixing;
  mixing.group("", &TrainConfig::batch_mix, "");
  return mixing.take();
}

}  // namespace

const Fields<TrainConfig>& train_fields() {
  static const Fields<TrainConfig> kFields = [] {
    Fields<TrainConfig> fields;
    for (Fields<TrainConfig>& part :
         std::array{length_fields(), average_fields(), gan_fields(), step_fields(), mix_fields()}) {
      std::ranges::move(part, std::back_inserter(fields));
    }
    return fields;
  }();
  return kFields;
}

const Fields<EcoConfig>& eco_fields() {
  static const Fields<EcoConfig> kFields = [] {
    using E = EcoConfig;
    return Fields<E>{
        flag("enabled", &E::enabled,
             "Mixes what network_g learns from with the images of network_g_teacher "
             "([explained](teacher.md#eco))."),
        number("end_ratio", &E::end_ratio, {.low = 0, .high = 1, .low_open = true},
               "Share of total_iter after which GT stands alone; its part grows with every step "
               "until then."),
        choice("mode", &E::mode,
               Names<EcoMode>{{"full", EcoMode::kFull}, {"hr_only", EcoMode::kHrOnly}},
               "full mixes LQ as well, with the teacher's images made small again; hr_only leaves "
               "it as it is."),
    };
  }();
  return kFields;
}

const Fields<ClockReading>& clock_fields() {
  static const Fields<ClockReading> kFields = [] {
    using C = ClockReading;
    return Fields<C>{
        number("step", &C::step, at_least(0), "In force from the step after this one.").require(),
        number("permille", &C::permille, between(0, kClockTicks), "Thousandths of max_hours.")
            .require(),
    };
  }();
  return kFields;
}

const Fields<ValConfig>& val_fields() {
  static const Fields<ValConfig> kFields = [] {
    using V = ValConfig;
    return Fields<V>{
        flag("val_enabled", &V::val_enabled,
             "Validates while training; off when there is no datasets.val."),
        number("val_freq", &V::val_freq, at_least(1), "Steps between validations."),
        flag("save_img", &V::save_img, "Saves the enlarged images below visualization/."),
        number("keep_images", &V::keep_images, between(0, 1'000'000),
               "Newest validations whose images are kept there; 0 = all."),
        number("tile_size", &V::tile_size, between(0, 65536),
               "Side of the LQ tiles, pixels: less memory; 0 = whole images."),
        number("tile_overlap", &V::tile_overlap, between(0, 65536),
               "Overlap of neighbouring tiles, LQ pixels."),
        special<V>(FieldText{"metrics", "section of metrics", "", "Name: {type, ...}."},
                   metrics_node)
            .default_is("psnr and ssim of Y"),
        text("best_by", &V::best_by,
             "Name of the metric that says which weights are best, and that early stopping and "
             "the learning rate's automation follow.")
            .default_is("the first; with network_d the first of LPIPS, DISTS and TOPIQ"),
    };
  }();
  return kFields;
}

const Fields<MetricConfig>& metric_fields() {
  static const Fields<MetricConfig> kFields = [] {
    using M = MetricConfig;
    Field<M> better =
        choice("better", &M::higher_is_better, Names<bool>{{"higher", true}, {"lower", false}},
               "Which value is the better one.");
    return Fields<M>{
        type_field(TypeKind::kMetric, &M::type, "The formula.").require(),
        number("crop_border", &M::crop_border, between(0, 4096),
               "Pixels left out on each side of both images.")
            .default_is("scale; 0 for " +
                        in_words(recipe::metrics_that(
                            [](const recipe::MetricRow& row) { return row.of_whole_image; }))),
        flag("test_y_channel", &M::test_y_channel, "Measures BT.601 luma instead of RGB."),
        as_path(text("weights", &M::weights,
                     "File that the metric reads ([how to get it](validation.md#scores)); without "
                     "it the metric is skipped, with a warning."),
                EmptyPath::kNone)
            .default_is("none")
            .only_for(recipe::metrics_with_weights()),
        choice("net", &M::net,
               Names<std::string>{{"alex", "alex"}, {"vgg", "vgg"}, {"squeeze", "squeeze"}},
               "Network that LPIPS looks through.")
            .only_for({"calculate_lpips"}),
        std::move(better).default_is(
            "lower for " + in_words(recipe::metrics_that([](const recipe::MetricRow& row) {
              return !row.higher_is_better;
            })) +
            ", else higher"),
    };
  }();
  return kFields;
}

const Fields<LoggerConfig>& logger_fields() {
  static const Fields<LoggerConfig> kFields = [] {
    using L = LoggerConfig;
    return Fields<L>{
        number("print_freq", &L::print_freq, at_least(1),
               "Steps between progress lines; a run that reaches its length ends with one."),
        number("save_checkpoint_freq", &L::save_checkpoint_freq, at_least(1),
               "Steps between checkpoints; there is always one at the end."),
        choice("save_checkpoint_format", &L::save_checkpoint_format,
               Names<CheckpointFormat>{{"safetensors", CheckpointFormat::kSafetensors},
                                       {"pth", CheckpointFormat::kPth}},
               "Format of the weight files; a .pth holds params and, with EMA, params_ema."),
        number("keep_checkpoints", &L::keep_checkpoints, between(0, 1'000'000),
               "Newest checkpoints kept besides the best; 0 = all."),
        flag("use_tb_logger", &L::use_tb_logger, "Writes TensorBoard files."),
    };
  }();
  return kFields;
}

const Fields<DistSettings>& dist_fields() {
  static const Fields<DistSettings> kFields = [] {
    using D = DistSettings;
    return Fields<D>{
        number("timeout", &D::timeout, between(1, 1'000'000),
               "Seconds after which a process that does not answer counts as lost; "
               "`--rank-timeout` beats it."),
        choice("backend", &D::backend, Names<std::string>{{"auto", "auto"}},
               "What sums up gradients: NCCL between GPUs, Gloo between CPUs."),
    };
  }();
  return kFields;
}

std::vector<MetricConfig> default_metrics(int scale) {
  return {{"psnr", "calculate_psnr", scale, true, true},
          {"ssim", "calculate_ssim", scale, true, true}};
}

}  // namespace sr::settings
