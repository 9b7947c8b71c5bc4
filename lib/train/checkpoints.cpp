#include "train/checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <string_view>

#include "checkpoint/match_tensors.h"
#include "checkpoint/pth_writer.h"
#include "checkpoint/weights_file.h"
#include "core/checksum.h"
#include "core/version.h"
#include "nn/tensor_copy.h"
#include "train/resume_difference.h"
#include "train/saved_json.h"

namespace sr {
namespace {

/// The format of the files that a state names: that of the run which saved it.
WeightsFormat format_of(const std::vector<WeightReference>& files) {
  const bool pth = std::ranges::any_of(
      files, [](const WeightReference& file) { return file.file.ends_with(".pth"); });
  return pth ? WeightsFormat::kPth : WeightsFormat::kSafetensors;
}

/// A weight file in host memory: weights by their key. A safetensors file has one kind, a .pth
/// both.
struct StagedFile {
  std::filesystem::path path;
  std::vector<std::pair<std::string, TensorFile>> groups;
  Metadata pth_metadata{};  ///< of the whole file; a safetensors file has its group's
};

std::uint64_t write(const StagedFile& file) {
  if (file.path.extension() == ".safetensors") {
    return write_safetensors(file.path, file.groups.front().second);
  }
  std::vector<PthGroup> groups;
  for (const auto& [key, weights] : file.groups) {
    groups.push_back({key, weights.tensors});
  }
  return write_pth(file.path, groups, file.pth_metadata);
}

/// What the disk gives back is what counts.
std::string written_checksum(const std::filesystem::path& file) {
  try {
    return checksum_text(file_checksum(file));
  } catch (const CheckpointError& error) {
    throw StorageError(fmt::format("what was just written cannot be read back: {}", error.what()));
  }
}

}  // namespace

/// net_g_best on its way to the disk.
struct Checkpoints::PendingBest {
  StagedFile file;  ///< empty once it is written
  bool written = false;

  void write_once() {
    if (!written) {
      write(file);
      file.groups.clear();
      written = true;
    }
  }
};

/// The files of one checkpoint in host memory, ready for the writer.
struct Checkpoints::Staged {
  std::shared_ptr<PendingBest> best;  ///< of this process, if there is one
  std::vector<StagedFile> weights;
  std::filesystem::path state_path;
  TrainingState state;
};

CheckpointEvent Checkpoints::write_files(Staged& staged) {
  const auto started = std::chrono::steady_clock::now();
  CheckpointEvent event;
  if (staged.best) {
    staged.best->write_once();  // its first try may have failed
  }
  for (const StagedFile& file : staged.weights) {
    event.bytes += write(file);
    staged.state.weights.push_back({file.path.filename().string(), written_checksum(file.path)});
  }
  event.bytes += write_training_state(staged.state_path, staged.state);
  event.path = staged.state_path.string();
  event.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return event;
}

namespace {

void copy_matched(const TensorMatch& match, const TensorFile& file, const NamedTensors& targets) {
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (match.source[i]) {
      restore(file.tensors[*match.source[i]], targets[i].tensor);
    }
  }
}

void load_exactly(const std::filesystem::path& path, const TensorFile& file,
                  const NamedTensors& targets) {
  const TensorMatch match = match_tensors(wanted_tensors(targets), file.tensors);
  require_exact(match, path.string());
  copy_matched(match, file, targets);
}

constexpr std::array kOptionalStates{kClippingState, kPauseState};

bool is_optional(const std::string& name) {
  return std::ranges::any_of(kOptionalStates, [&](std::string_view state) {
    return name.find(state) != std::string::npos;
  });
}

/// Gradient clipping or a discriminator's pauses that were switched on or off since, or have
/// another history, start over.
void leave_out_unlike(std::string_view state, TensorFile& file, NamedTensors& targets) {
  const auto is_of_it = [&](const auto& tensor) {
    return tensor.name.find(state) != std::string::npos;
  };
  std::vector<StoredTensor> stored;
  NamedTensors wanted;
  std::copy_if(file.tensors.begin(), file.tensors.end(), std::back_inserter(stored), is_of_it);
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(wanted), is_of_it);
  if (!match_tensors(wanted_tensors(wanted), stored).differences.empty()) {
    std::erase_if(file.tensors, is_of_it);
    std::erase_if(targets, is_of_it);
  }
}

NamedTensors with_names_of(const NamedTensors& named, const std::vector<at::Tensor>& tensors) {
  NamedTensors result;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    result.push_back({named[i].name, tensors[i]});
  }
  return result;
}

std::vector<at::Tensor> without_names(const NamedTensors& named, std::size_t count) {
  std::vector<at::Tensor> tensors;
  for (std::size_t i = 0; i < count; ++i) {
    tensors.push_back(named[i].tensor);
  }
  return tensors;
}

/// Empty without a discriminator.
std::string discriminator_optimizer(const Config& config) {
  return config.train.optim_d ? config.train.optim_d->type : "";
}

void check_network(const Module& network, const nlohmann::ordered_json& saved) {
  for (const auto& [key, value] : network.description()) {
    const std::string before = saved.value(key, "(not there)");
    if (before != value) {
      throw CheckpointError(fmt::format(
          "the state was made with another network: {} is {} there and {} in the configuration",
          key, before, value));
    }
  }
}

}  // namespace

WeightsFormat weights_format(const Config& config) {
  return config.logger.save_checkpoint_format == CheckpointFormat::kPth
             ? WeightsFormat::kPth
             : WeightsFormat::kSafetensors;
}

Checkpoints::Checkpoints(const Config& config, const ExperimentLayout& layout,
                         const Networks& networks, TrainStep& step, Identity identity)
    : config_(config),
      layout_(layout),
      networks_(networks),
      step_(step),
      identity_(std::move(identity)) {}

std::vector<Checkpoints::Weights> Checkpoints::weights_at(std::int64_t step,
                                                          WeightsFormat format) const {
  std::vector<Weights> all;
  const auto add = [&](const Module& network, const std::vector<at::Tensor>& averages,
                       const auto& path) {
    all.push_back({path(false), "params", &network, with_buffers(network.parameters(), network)});
    if (!averages.empty()) {
      const NamedTensors averaged = with_names_of(network.parameters(), averages);
      all.push_back({path(true), "params_ema", &network, with_buffers(averaged, network)});
    }
  };
  add(*networks_.generator, step_.averages(),
      [&](bool ema) { return layout_.weights_path(step, ema, format); });
  if (networks_.discriminator) {
    add(*networks_.discriminator, step_.discriminator_averages(),
        [&](bool ema) { return layout_.discriminator_path(step, ema, format); });
  }
  return all;
}

TensorFile Checkpoints::stage_weights(const Weights& weights, std::int64_t step) const {
  TensorFile file;
  for (const NamedTensor& tensor : weights.tensors) {
    file.tensors.push_back(stage(tensor.name, tensor.tensor));
  }
  const Module& network = *weights.network;
  const auto parameters = without_names(weights.tensors, network.parameters().size());
  for (const NamedTensor& tensor : network.derived_tensors(parameters)) {
    file.tensors.push_back(stage(tensor.name, tensor.tensor));
  }
  file.metadata = {network.description().begin(), network.description().end()};
  file.metadata["step"] = std::to_string(step);
  file.metadata["version"] = std::string("sr-train ") + version();
  return file;
}

void Checkpoints::save(const SavedRun& run, const nlohmann::ordered_json& sizes,
                       const nlohmann::ordered_json& automations) {
  const std::int64_t step = run.state.step;
  const auto staged = std::make_shared<Staged>();
  staged->best = best_;
  for (const Weights& weights : weights_at(step, weights_format(config_))) {
    std::vector<StagedFile>& files = staged->weights;
    if (files.empty() || files.back().path != weights.file) {
      files.push_back({weights.file, {}});
    }
    files.back().groups.emplace_back(weights.key, stage_weights(weights, step));
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
    prune_checkpoints(layout_.folder(), config_.logger.keep_checkpoints);
    const std::scoped_lock lock(mutex_);
    written_.push_back(std::move(event));
  });
}

void Checkpoints::save_best(const BestRecord& record) {
  const WeightsFormat format = weights_format(config_);
  const auto best = std::make_shared<PendingBest>();
  StagedFile& file = best->file;
  file.path = layout_.best_path(format);
  const bool averaged = !step_.averages().empty();
  // weights_at() begins with the generator's: raw, then averaged ones if there are any.
  const std::vector<Weights> all = weights_at(record.step, format);
  for (std::size_t i = averaged && format == WeightsFormat::kSafetensors ? 1 : 0;
       i < (averaged ? 2 : 1); ++i) {
    file.groups.emplace_back(all[i].key, stage_weights(all[i], record.step));
  }
  file.pth_metadata = to_metadata(record);
  Metadata of_safetensors = to_metadata(record);
  file.groups.front().second.metadata.merge(of_safetensors);
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

/// What the documents of both say beside the run's numbers.
void Checkpoints::check_document(const TrainingState& saved, RestoredRun& restored) const {
  const nlohmann::ordered_json& document = saved.document;
  if (restored.run.state.step != saved.step) {
    throw CheckpointError(
        fmt::format("says step {} and step {}", saved.step, restored.run.state.step));
  }
  check_network(*networks_.generator, document.at("network"));
  if (networks_.discriminator) {
    if (!document.contains("discriminator")) {
      throw CheckpointError(
          "the state was made without a discriminator; to add one, start a new run with "
          "path.pretrain_network_g");
    }
    const nlohmann::ordered_json& before = document.at("discriminator");
    if (const auto note = networks_.discriminator->continue_from(before)) {
      restored.warnings.push_back(*note);
    }
    check_network(*networks_.discriminator, before);
  }
  if (document.at("files") != identity_.fingerprint || document.at("seed") != config_.manual_seed) {
    restored.warnings.push_back(
        "the training files, their order or manual_seed changed since the state was saved: samples "
        "come in a new order from here");
  }
  if (networks_.teacher &&
      document.value("teacher", networks_.teacher_checksum) != networks_.teacher_checksum) {
    restored.warnings.push_back(
        "network_g_teacher has other weights than when the state was saved: what is learned "
        "changes from here");
  }
  const std::string before = document.at("environment");
  if (before != identity_.environment) {
    restored.warnings.push_back(
        fmt::format("saved on {}, going on with {}: results may differ in their last bits", before,
                    identity_.environment));
  }
}

/// Settings that decide which tensors there are, told by their names and not by a tensor's.
void Checkpoints::check_training(const TrainingState& saved) const {
  TrainedWith before;
  before.optimizer = saved.document.value("optimizer", "");
  before.optimizer_d = saved.document.value("optimizer_d", "");
  for (const StoredTensor& tensor : saved.tensors) {
    if (!is_optional(tensor.name)) {
      before.tensors.insert(tensor.name);
    }
  }
  TrainedWith now;
  now.optimizer = config_.train.optim_g.type;
  now.optimizer_d = discriminator_optimizer(config_);
  for (const NamedState& tensor : step_.state()) {
    if (!is_optional(tensor.name)) {
      now.tensors.insert(tensor.name);
    }
  }
  if (const std::string difference = resume_difference(before, now); !difference.empty()) {
    throw CheckpointError(difference);
  }
}

void Checkpoints::restore_tensors(const std::filesystem::path& state_file, TrainingState saved) {
  for (const Weights& weights : weights_at(saved.step, format_of(saved.weights))) {
    const auto file = layout_of_state(state_file).models_folder() / weights.file.filename();
    TensorFile contents = read_weights(file, weights.key);
    leave_out_derived(*weights.network, contents);
    load_exactly(file, contents, weights.tensors);
  }
  NamedTensors state_tensors;
  for (const NamedState& tensor : step_.state()) {
    state_tensors.push_back({tensor.name, tensor.tensor});
  }
  TensorFile state_contents{std::move(saved.tensors), {}};
  for (const std::string_view state : kOptionalStates) {
    leave_out_unlike(state, state_contents, state_tensors);
  }
  load_exactly(state_file, state_contents, state_tensors);
  step_.state_loaded();
}

RestoredRun Checkpoints::restore(const std::filesystem::path& state_file, TrainingState saved) {
  RestoredRun restored;
  naming_state(state_file, [&] {
    restored.run = saved_run_from_json(saved.document.at("run"));
    restored.sizes = saved.document.at("sizes");
    restored.automations = saved.document.value("automations", nlohmann::ordered_json::object());
    check_document(saved, restored);
    check_training(saved);
  });
  restore_tensors(state_file, std::move(saved));
  return restored;
}

}  // namespace sr
