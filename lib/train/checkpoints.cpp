#include "train/checkpoints.h"

#include <fmt/format.h>

#include <chrono>

#include "checkpoint/match_tensors.h"
#include "core/checksum.h"
#include "core/version.h"
#include "train/tensor_copy.h"

namespace sr {
namespace {

/// The files of one checkpoint in host memory, ready for the writer.
struct Staged {
  std::vector<std::pair<std::filesystem::path, TensorFile>> weights;
  std::filesystem::path state_path;
  TrainingState state;
};

CheckpointEvent write(Staged& staged) {
  const auto started = std::chrono::steady_clock::now();
  CheckpointEvent event;
  for (const auto& [path, contents] : staged.weights) {
    event.bytes += write_safetensors(path, contents);
    staged.state.weights.push_back({path.filename().string(), checksum_text(file_checksum(path))});
  }
  event.bytes += write_training_state(staged.state_path, staged.state);
  event.path = staged.state_path.string();
  event.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return event;
}

std::vector<WantedTensor> wanted_tensors(const NamedTensors& tensors) {
  std::vector<WantedTensor> wanted;
  for (const NamedTensor& tensor : tensors) {
    wanted.push_back({tensor.name, tensor.tensor.sizes().vec()});
  }
  return wanted;
}

void copy_matched(const TensorMatch& match, const TensorFile& file, const NamedTensors& targets) {
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (match.source[i]) {
      restore(file.tensors[*match.source[i]], targets[i].tensor);
    }
  }
}

/// Renames the tensors that the module knows under another name: other trainers' weights.
void use_own_names(const Module& module, TensorFile& file) {
  for (StoredTensor& tensor : file.tensors) {
    const std::string name(without_wrapper_prefix(tensor.name));
    const std::string own = module.own_name(name);
    if (own != name) {
      tensor.name = own;
    }
  }
}

void load_exactly(const std::filesystem::path& path, const TensorFile& file,
                  const NamedTensors& targets) {
  const TensorMatch match = match_tensors(wanted_tensors(targets), file.tensors);
  require_exact(match, path.string());
  copy_matched(match, file, targets);
}

NamedTensors with_names_of(const NamedTensors& named, const std::vector<at::Tensor>& tensors) {
  NamedTensors result;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    result.push_back({named[i].name, tensors[i]});
  }
  return result;
}

}  // namespace

Checkpoints::Checkpoints(const Config& config, const ExperimentLayout& layout, Network& generator,
                         TrainStep& step, Identity identity)
    : config_(config),
      layout_(layout),
      generator_(generator),
      step_(step),
      identity_(std::move(identity)) {}

TensorFile Checkpoints::stage_weights(bool averaged, std::int64_t step) const {
  TensorFile file;
  const NamedTensors& parameters = generator_.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    file.tensors.push_back(
        stage(parameters[i].name, averaged ? step_.averages()[i] : parameters[i].tensor));
  }
  for (const NamedTensor& buffer : generator_.buffers()) {
    file.tensors.push_back(stage(buffer.name, buffer.tensor));
  }
  file.metadata = {generator_.description().begin(), generator_.description().end()};
  file.metadata["step"] = std::to_string(step);
  file.metadata["version"] = std::string("sr-train ") + version();
  return file;
}

void Checkpoints::save(const RunState& state, const nlohmann::ordered_json& sizes) {
  auto staged = std::make_shared<Staged>();
  staged->weights.emplace_back(layout_.weights_path(state.step, false),
                               stage_weights(false, state.step));
  if (!step_.averages().empty()) {
    staged->weights.emplace_back(layout_.weights_path(state.step, true),
                                 stage_weights(true, state.step));
  }
  staged->state_path = layout_.state_path(state.step);
  staged->state.step = state.step;
  staged->state.document = {{"run", to_json(state)},
                            {"sizes", sizes},
                            {"network", generator_.description()},
                            {"seed", config_.manual_seed},
                            {"files", identity_.fingerprint},
                            {"environment", identity_.environment},
                            {"version", version()}};
  for (const NamedState& tensor : step_.state()) {
    staged->state.tensors.push_back(stage(tensor.name, tensor.tensor));
  }
  writer_.submit([this, staged] {
    CheckpointEvent event = write(*staged);
    prune_checkpoints(layout_.folder(), config_.logger.keep_checkpoints);
    const std::scoped_lock lock(mutex_);
    written_.push_back(std::move(event));
  });
}

void Checkpoints::save_best(std::int64_t step) {
  auto file = std::make_shared<TensorFile>(stage_weights(!step_.averages().empty(), step));
  writer_.submit([path = layout_.best_path(), file] { write_safetensors(path, *file); });
}

void Checkpoints::finish() {
  writer_.finish();
}

std::vector<CheckpointEvent> Checkpoints::take_written() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(written_, {});
}

void Checkpoints::check_network(const nlohmann::ordered_json& saved) const {
  for (const auto& [key, value] : generator_.description()) {
    const std::string before = saved.value(key, "(not there)");
    if (before != value) {
      throw CheckpointError(fmt::format(
          "the state was made with another network: {} is {} there and {} in the configuration",
          key, before, value));
    }
  }
}

RestoredRun Checkpoints::restore(const std::filesystem::path& state_file, TrainingState saved) {
  RestoredRun restored;
  try {
    restored.state = run_state_from_json(saved.document.at("run"));
    restored.sizes = saved.document.at("sizes");
    check_network(saved.document.at("network"));
    if (saved.document.at("files") != identity_.fingerprint ||
        saved.document.at("seed") != config_.manual_seed) {
      restored.warnings.push_back(
          "the training files, their order or manual_seed changed since the state was saved: "
          "samples "
          "come in a new order from here");
    }
    const std::string before = saved.document.at("environment");
    if (before != identity_.environment) {
      restored.warnings.push_back(
          fmt::format("saved on {}, going on with {}: results may differ in their last bits",
                      before, identity_.environment));
    }
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError(fmt::format("{}: {}", state_file.string(), error.what()));
  }
  const auto read = [&](bool ema) {
    const auto name = layout_.weights_path(saved.step, ema).filename();
    const auto path = state_file.parent_path().parent_path() / "models" / name;
    NamedTensors targets =
        ema ? with_names_of(generator_.parameters(), step_.averages()) : generator_.parameters();
    targets.insert(targets.end(), generator_.buffers().begin(), generator_.buffers().end());
    load_exactly(path, read_safetensors(path), targets);
  };
  read(false);
  NamedTensors state_tensors;
  for (const NamedState& tensor : step_.state()) {
    state_tensors.push_back({tensor.name, tensor.tensor});
  }
  load_exactly(state_file, TensorFile{std::move(saved.tensors), {}}, state_tensors);
  step_.state_loaded();
  if (!step_.averages().empty()) {
    read(true);
  }
  return restored;
}

std::string load_pretrained(const PathConfig& path, Network& network) {
  TensorFile file = read_safetensors(*path.pretrain_network_g);
  use_own_names(network, file);
  NamedTensors targets = network.parameters();
  targets.insert(targets.end(), network.buffers().begin(), network.buffers().end());
  const TensorMatch match = match_tensors(wanted_tensors(targets), file.tensors);
  if (path.strict_load_g) {
    require_exact(match, *path.pretrain_network_g);
  }
  copy_matched(match, file, targets);
  return match.differences.empty() ? "" : match.describe();
}

}  // namespace sr
