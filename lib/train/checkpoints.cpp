#include "train/checkpoints.h"

#include <fmt/format.h>

#include <utility>

#include "checkpoint/training_state.h"
#include "core/version.h"
#include "nn/tensor_copy.h"
#include "train/run_weights.h"

namespace sr {

Checkpoints::Checkpoints(const Config& config, const ExperimentLayout& layout,
                         const Networks& networks, const TrainStep& step, RunIdentity identity)
    : config_(config),
      layout_(layout),
      networks_(networks),
      step_(step),
      identity_(std::move(identity)) {}

void Checkpoints::save(const SavedRun& run, const nlohmann::ordered_json& sizes,
                       const nlohmann::ordered_json& automations) {
  const std::int64_t step = run.state.step;
  const auto staged = std::make_shared<StagedCheckpoint>();
  staged->best = best_;
  for (const RunWeights& weights :
       run_weights(networks_, step_, layout_, step, weights_format(config_))) {
    std::vector<StagedFile>& files = staged->weights;
    if (files.empty() || files.back().path != weights.file) {
      files.push_back({weights.file, {}});
    }
    files.back().groups.emplace_back(weights.key, stage(weights, step));
  }
  staged->state_path = layout_.state_path(step);
  staged->state.step = step;
  staged->state.document = {{"run", to_json(run)},
                            {"sizes", sizes},
                            {"automations", automations},
                            {"network", networks_.generator->description()},
                            {"optimizer", config_.train.optim_g.type},
                            {"seed", config_.manual_seed},
                            {"files", identity_.fingerprint},
                            {"environment", identity_.environment},
                            {"version", version()}};
  if (networks_.discriminator) {
    staged->state.document["discriminator"] = networks_.discriminator->description();
    staged->state.document["optimizer_d"] = discriminator_optimizer(config_);
  }
  if (networks_.teacher) {
    staged->state.document["teacher"] = networks_.teacher_checksum;
  }
  for (const NamedState& tensor : step_.state()) {
    staged->state.tensors.push_back(stage(tensor.name, tensor.tensor));
  }
  writer_.submit([this, staged] {
    CheckpointEvent event = write_files(*staged);
    {
      const std::scoped_lock lock(mutex_);
      written_.push_back(std::move(event));
    }
    prune();
  });
}

void Checkpoints::prune() {
  try {
    prune_checkpoints(layout_.folder(), config_.logger.keep_checkpoints);
  } catch (const StorageError& error) {
    const std::scoped_lock lock(mutex_);
    warnings_.push_back({fmt::format("older checkpoints stay: {}", error.what()),
                         layout_.states_folder().string()});
  }
}

void Checkpoints::save_best(const BestRecord& record) {
  const WeightsFormat format = weights_format(config_);
  StagedFile file{layout_.best_path(format), {}};
  const bool averaged = !step_.averages().empty();
  // run_weights() begins with the generator's: raw, then averaged ones if there are any.
  const auto all = run_weights(networks_, step_, layout_, record.step, format);
  for (std::size_t i = averaged && format == WeightsFormat::kSafetensors ? 1 : 0;
       i < (averaged ? 2 : 1); ++i) {
    file.groups.emplace_back(all[i].key, stage(all[i], record.step));
  }
  file.pth_metadata = to_metadata(record);
  Metadata of_safetensors = to_metadata(record);
  file.groups.front().second.metadata.merge(of_safetensors);
  const auto best = std::make_shared<StagedBest>(std::move(file));
  writer_.submit([best] { best->write_once(); });
  best_ = best;
}

void Checkpoints::finish() {
  writer_.finish();
}

std::vector<CheckpointEvent> Checkpoints::take_written() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(written_, {});
}

std::vector<WarningEvent> Checkpoints::take_warnings() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(warnings_, {});
}

}  // namespace sr
