#include "train/restored_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/input_file.h"
#include "checkpoint/match_tensors.h"
#include "checkpoint/weights_file.h"
#include "core/error.h"
#include "nn/tensor_copy.h"
#include "train/resume_difference.h"
#include "train/run_weights.h"
#include "train/saved_json.h"

namespace sr {
namespace {

/// The format of the files that a state names: that of the run which saved it.
WeightsFormat format_of(const std::vector<WeightReference>& files) {
  const bool pth = std::ranges::any_of(
      files, [](const WeightReference& file) { return file.file.ends_with(".pth"); });
  return pth ? WeightsFormat::kPth : WeightsFormat::kSafetensors;
}

void load_exactly(const std::filesystem::path& path, const TensorFile& file,
                  const NamedTensors& targets) {
  const TensorMatch match = match_tensors(wanted_tensors(targets), file.tensors);
  require_exact(match, path.string());
  with_file_name(path, [&] {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      restore(file.tensors[*match.source[i]], targets[i].tensor);
    }
  });
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

/// `section` of the configuration describes it.
void check_network(const char* section, const Module& network,
                   const nlohmann::ordered_json& saved) {
  for (const auto& [key, value] : network.description()) {
    const std::string before = saved.value(key, "(not there)");
    if (before != value) {
      throw CheckpointError(fmt::format(
          "the state was made with another network: {}.{} is {} there and {} in the configuration",
          section, key, before, value));
    }
  }
}

/// What the documents of both say beside the run's numbers.
void check_document(const TrainingState& saved, const RunIdentity& identity, const Config& config,
                    const Networks& networks, RestoredRun& restored) {
  const nlohmann::ordered_json& document = saved.document;
  if (restored.run.state.step != saved.step) {
    throw CheckpointError(
        fmt::format("says step {} and step {}", saved.step, restored.run.state.step));
  }
  check_network("network_g", *networks.generator, document.at("network"));
  if (networks.discriminator) {
    if (!document.contains("discriminator")) {
      throw CheckpointError(
          "the state was made without a discriminator; to add one, start a new run with "
          "path.pretrain_network_g");
    }
    const nlohmann::ordered_json& before = document.at("discriminator");
    if (const auto note = networks.discriminator->continue_from(before)) {
      restored.warnings.push_back(*note);
    }
    check_network("network_d", *networks.discriminator, before);
  }
  if (document.at("files") != identity.fingerprint || document.at("seed") != config.manual_seed) {
    restored.warnings.push_back(
        "the training files, their order or manual_seed changed since the state was saved: samples "
        "come in a new order from here");
  }
  if (networks.teacher &&
      document.value("teacher", networks.teacher_checksum) != networks.teacher_checksum) {
    restored.warnings.push_back(
        "network_g_teacher has other weights than when the state was saved: what is learned "
        "changes from here");
  }
  const std::string before = document.at("environment");
  if (before != identity.environment) {
    restored.warnings.push_back(
        fmt::format("saved on {}, going on with {}: results may differ in their last bits", before,
                    identity.environment));
  }
}

/// Settings that decide which tensors there are, told by their names and not by a tensor's.
void check_training(const TrainingState& saved, const Config& config, const TrainStep& step) {
  TrainedWith before;
  before.optimizer = saved.document.value("optimizer", "");
  before.optimizer_d = saved.document.value("optimizer_d", "");
  for (const StoredTensor& tensor : saved.tensors) {
    if (!is_optional(tensor.name)) {
      before.tensors.insert(tensor.name);
    }
  }
  TrainedWith now;
  now.optimizer = config.train.optim_g.type;
  now.optimizer_d = discriminator_optimizer(config);
  for (const NamedState& tensor : step.state()) {
    if (!is_optional(tensor.name)) {
      now.tensors.insert(tensor.name);
    }
  }
  if (const std::string difference = resume_difference(before, now); !difference.empty()) {
    throw CheckpointError(difference);
  }
}

void restore_tensors(const std::filesystem::path& state_file, TrainingState saved,
                     const Networks& networks, TrainStep& step) {
  for (const RunWeights& weights : run_weights(networks, step, layout_of_state(state_file),
                                               saved.step, format_of(saved.weights))) {
    TensorFile contents = read_weights(weights.file, weights.key);
    leave_out_derived(*weights.network, contents);
    load_exactly(weights.file, contents, weights.tensors);
  }
  NamedTensors state_tensors;
  for (const NamedState& tensor : step.state()) {
    state_tensors.push_back({tensor.name, tensor.tensor});
  }
  TensorFile state_contents{std::move(saved.tensors), {}};
  for (const std::string_view state : kOptionalStates) {
    leave_out_unlike(state, state_contents, state_tensors);
  }
  load_exactly(state_file, state_contents, state_tensors);
  step.state_loaded();
}

}  // namespace

RestoredRun restore_run(const std::filesystem::path& state_file, TrainingState saved,
                        const Config& config, const RunIdentity& identity, const Networks& networks,
                        TrainStep& step) {
  RestoredRun restored;
  naming_state(state_file, [&] {
    restored.run = saved_run_from_json(saved.document.at("run"));
    restored.sizes = saved.document.at("sizes");
    restored.automations = saved.document.value("automations", nlohmann::ordered_json::object());
    check_document(saved, identity, config, networks, restored);
    check_training(saved, config, step);
  });
  restore_tensors(state_file, std::move(saved), networks, step);
  return restored;
}

}  // namespace sr
