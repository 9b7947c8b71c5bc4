#include "inspect/model_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/input_file.h"
#include "checkpoint/match_tensors.h"
#include "checkpoint/metadata_number.h"
#include "checkpoint/pth_reader.h"
#include "checkpoint/script_archive.h"
#include "checkpoint/training_state.h"
#include "checkpoint/weights_file.h"
#include "core/error.h"
#include "core/path_status.h"
#include "core/sha256.h"
#include "report/json_fields.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

std::string sha256_of(const fs::path& file) {
  constexpr std::uint64_t kPiece = 1U << 20U;
  return with_file_name(file, [&] {
    InputFile input(file);
    Sha256 hash;
    for (std::vector<std::byte> piece = input.read_up_to(kPiece); !piece.empty();
         piece = input.read_up_to(kPiece)) {
      hash.add(piece);
    }
    return hash.finish();
  });
}

/// The best weights of a run's folder; without them its newest, averaged ones first.
fs::path weights_of_run(const fs::path& folder) {
  const ExperimentLayout run(folder);
  std::error_code error;
  for (const auto format : {WeightsFormat::kSafetensors, WeightsFormat::kPth}) {
    if (fs::is_regular_file(run.best_path(format), error)) {
      return run.best_path(format);
    }
  }
  fs::path newest;
  std::int64_t most = -1;
  for (const auto& entry : fs::directory_iterator(run.models_folder(), error)) {
    const std::string name = entry.path().filename().string();
    const std::optional<std::int64_t> step = step_of_weights(entry.path());
    if (!step || !name.starts_with("net_g_")) {
      continue;
    }
    const bool averaged = name.starts_with("net_g_ema_");
    if (*step > most || (*step == most && averaged)) {
      most = *step;
      newest = entry.path();
    }
  }
  if (newest.empty()) {
    throw CheckpointError(folder.string() + ": is not a run's folder: no weights in its models/");
  }
  return newest;
}

/// Of the weights that a training state names the averaged ones if there are any.
fs::path weights_of_state(const fs::path& file) {
  const TrainingState state = read_training_state(file);
  const fs::path models = layout_of_state(file).models_folder();
  fs::path found;
  for (const WeightReference& weights : state.weights) {
    const bool averaged = weights.file.starts_with("net_g_ema_");
    if (averaged || (found.empty() && weights.file.starts_with("net_g_"))) {
      found = models / weights.file;
    }
  }
  if (found.empty()) {
    throw CheckpointError(file.string() + ": names no weights of a generator");
  }
  return found;
}

fs::path weights_file_of(const fs::path& path) {
  if (is_folder(path)) {
    return weights_of_run(path);
  }
  return path.extension() == ".state" ? weights_of_state(path) : path;
}

std::optional<std::int64_t> step_of(const ModelInfo& info, const Metadata& metadata) {
  return metadata.contains("step") ? metadata_number<std::int64_t>(metadata, "step")
                                   : step_of_weights(info.file);
}

/// What a TorchScript file says of itself; the scale of weights that were trained from it, where
/// it does not say one.
IdentifiedNetwork network_of_script(const fs::path& file, const Metadata& of_weights) {
  const ScriptArchive archive = read_script_archive(file);
  arch::TorchScriptOptions options{file.string(), arch::kRgb, archive.sha256};
  options.num_in_ch = archive.facts.channels > 0 ? archive.facts.channels : options.num_in_ch;
  const int scale = archive.facts.scale > 0 ? archive.facts.scale
                                            : metadata_number<int>(of_weights, "scale").value_or(0);
  return {"torchscript", options, std::max(scale, 0), false, {}};
}

}  // namespace

std::string kind_of_weights(const fs::path& file, const Metadata& metadata,
                            const std::vector<std::string>& keys,
                            const std::optional<RunRecord>& run) {
  if (const auto said = metadata.find(kWeightsKind); said != metadata.end()) {
    return said->second == "ema" || said->second == "raw" ? said->second : "";
  }
  const std::string name = file.filename().string();
  const auto has = [&](const char* key) { return std::ranges::count(keys, key) > 0; };
  if (has("params_ema") || name.find("_ema") != std::string::npos) {
    return "ema";
  }
  if (has("params") || step_of_weights(file)) {
    return "raw";
  }
  if (run && run->config.is_object()) {  // its best weights are averaged when it averages
    return number_field(field(run->config, "train"), "ema_decay", 0) > 0 ? "ema" : "raw";
  }
  return "";
}

ModelInfo inspect_model(const fs::path& path, const fs::path& torchscript) {
  ModelInfo info;
  info.file = weights_file_of(path);
  TensorFile file = read_weights(info.file, std::nullopt);
  info.network = torchscript.empty() ? with_file_name(info.file, [&] { return identify(file); })
                                     : network_of_script(torchscript, file.metadata);
  info.left_out = std::erase_if(file.tensors, [&](const StoredTensor& tensor) {
    return !without_wrapper_prefix(tensor.name).starts_with(info.network.prefix);
  });
  info.format = is_safetensors(info.file) ? "safetensors" : "pth";
  Metadata metadata = file.metadata;
  if (info.format == "pth") {
    info.keys = pth_keys(info.file);
    // Not for the network: that of a .pth is told by its tensors, here as in other programs.
    metadata = read_pth_metadata(info.file);
  }
  info.bytes = fs::file_size(info.file);
  info.sha256 = sha256_of(info.file);
  info.tensors = file.tensors.size();
  info.dtype = dtype_text(file.tensors);
  info.scan = scan_tensors(file.tensors);
  const auto version = metadata.find("version");
  info.version = version == metadata.end() ? "" : version->second;
  info.step = step_of(info, metadata);
  if (const std::optional<fs::path> folder = run_folder_of(info.file)) {
    info.run = read_run_record(*folder);
  }
  info.weights = kind_of_weights(info.file, metadata, info.keys, info.run);
  return info;
}

}  // namespace sr
