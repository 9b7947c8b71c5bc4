#include <algorithm>
#include <iterator>

#include "config/discriminator_section.h"
#include "config/loss_section.h"
#include "config/network_section.h"
#include "config/optimization_sections.h"
#include "config/tables.h"

namespace sr::settings {
namespace {

SectionText degradation_section() {
  SectionText section = section_text(
      "datasets.train",
      "How LQ is made from GT, sample by sample, when `datasets.train` has this type, or "
      "realesrganpaireddataset ([explained](degradation.md)). All of them may stand at the top "
      "level instead, where "
      "Real-ESRGAN and traiNNer-redux have some. Lists of weights need not sum to 1.",
      degradation_fields(), DegradationConfig{});
  section.title = "datasets.train of type realesrgandataset";
  return section;
}

std::vector<SectionText> automation_sections() {
  return {
      section_text(
          "training_automations.DynamicBatchSizeOptimizer",
          "Lets `lq_size`, then `batch_size` follow the device's memory. `training_automations` "
          "may stand at the top level or under `train`, and has, like the automation, a switch "
          "`enabled` (default true). The other names of the automation are "
          "`DynamicBatchAndPatchSizeOptimizer` and both in snake_case. The sizes of "
          "`datasets.train` are the first ones and must lie between the bounds.",
          option_fields<SizeOptimizerOptions>(), SizeOptimizerOptions{}),
      section_text("training_automations.IntelligentLearningRateScheduler",
                   "A factor on the scheduled learning rate that follows loss and metric; see "
                   "[automations](automations.md). Also `intelligent_learning_rate_scheduler`.",
                   option_fields<LearningRateOptions>(), LearningRateOptions{}),
      section_text("training_automations.AdaptiveGradientClipping",
                   "Limits the gradients' norm to a percentile of the norms before; generator and "
                   "discriminator apart. The first 100 steps use `train.grad_clip_max_norm`. Also "
                   "`adaptive_gradient_clipping`.",
                   option_fields<recipe::GradientClippingOptions>(),
                   recipe::GradientClippingOptions{}),
      section_text("training_automations.IntelligentEarlyStopping",
                   "Ends a run that no longer improves, after a validation and with a checkpoint; "
                   "never while the sizes still grow. Also `intelligent_early_stopping`, "
                   "`early_stopping`.",
                   option_fields<EarlyStoppingOptions>(), EarlyStoppingOptions{}),
  };
}

}  // namespace

std::vector<SectionText> all_sections() {
  std::vector<SectionText> sections{
      section_text("", "", top_fields(), Config{}),
      section_text("datasets.train", "The images to learn from.", training_fields(),
                   DatasetConfig{}),
      degradation_section(),
      section_text(
          "datasets.train.size_schedule",
          "One entry of the list. A run with changing sizes can be repeated elsewhere with it.",
          schedule_fields(), ScheduledSize{}),
      discriminator_section().text(
          "network_d",
          "The discriminator of training against it; without the section there is none."),
      section_text(
          "path",
          "Relative paths start at the working directory. In every path of a file (here, "
          "`dataroot_gt`, `dataroot_lq`, `meta_info`, a loss's `weights`) a leading `~` is "
          "your home, `$NAME` and `${NAME}` are environment variables, and `$$` is a dollar "
          "sign.",
          path_fields(), PathConfig{}),
      section_text("train", "Steps are committed optimizer steps.", train_fields(), TrainConfig{}),
      section_text("train.clock_schedule", "One entry of the list.", clock_fields(),
                   ClockReading{}),
      section_text("train.eco", "Mixing with a teacher's images ([explained](teacher.md#eco)).",
                   eco_fields(), EcoConfig{}),
      optimizer_section().text("train.optim_g", "The optimizer."),
      scheduler_section().text(
          "train.scheduler",
          "The learning rate. Lengths are in the unit of `train.schedule_by`. It follows from how "
          "far the run is and this file alone, so an edited file also holds after a resume."),
      loss_section().text("train.losses", "One entry of the list."),
      section_text("val",
                   "Validation while training, with the averaged weights when there are any.",
                   val_fields(), ValConfig{}),
      section_text("val.metrics", "One entry: `psnr: {type: calculate_psnr, crop_border: 4}`.",
                   metric_fields(), MetricConfig{}),
      section_text("logger", "", logger_fields(), LoggerConfig{}),
      section_text("dist",
                   "Several processes ([explained](many_gpus.md)); config.yml leaves it out.",
                   dist_fields(), DistSettings{}),
  };
  std::ranges::move(automation_sections(), std::back_inserter(sections));
  const auto discriminator =
      std::find_if(sections.begin(), sections.end(),
                   [](const SectionText& section) { return section.path == "network_d"; });
  std::vector<SectionText> networks = network_sections();
  sections.insert(discriminator, std::make_move_iterator(networks.begin()),
                  std::make_move_iterator(networks.end()));
  return sections;
}

}  // namespace sr::settings
