#include "checkpoint/training_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "checkpoint/experiment_folder.h"
#include "checkpoint/experiment_layout.h"
#include "checkpoint/input_file.h"
#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/error.h"
#include "core/path_status.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;
using std::filesystem::path;

constexpr const char* kFormat = "sr-train training state";
constexpr const char* kVersion = "1";
constexpr const char* kChecksumKey = "checksum";
constexpr const char* kWeightsInstead =
    "is no training state: these are weights; the states of a run are in its training_states/";

/// JSON has no NaN and no infinity; the library would write null and the resumed run fail on it.
void require_finite(const Json& value, const std::string& where) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    throw CheckpointError("document" + where + " is not a finite number");
  }
  if (value.is_structured()) {
    for (const auto& [key, child] : value.items()) {
      require_finite(child, where + "/" + key);
    }
  }
}

/// Over all texts and all tensors by name (the file has an order of its own). Every part goes in
/// with its length or checksum, so that no two contents read the same.
std::string contents_checksum(const Metadata& metadata, const std::vector<StoredTensor>& tensors) {
  std::vector<std::string> lines;
  for (const StoredTensor& tensor : tensors) {
    lines.push_back(fmt::format("{}:{} {} {} {}\n", tensor.name.size(), tensor.name,
                                name_of(tensor.type), fmt::join(tensor.shape, ","),
                                checksum_text(checksum(tensor.bytes))));
  }
  std::ranges::sort(lines);
  std::string text;
  for (const auto& [key, value] : metadata) {
    if (key != kChecksumKey) {
      text += fmt::format("{}:{} {}:{}\n", key.size(), key, value.size(), value);
    }
  }
  text += fmt::format("{}", fmt::join(lines, ""));
  return checksum_text(checksum(std::as_bytes(std::span(text))));
}

Metadata make_metadata(const TrainingState& state) {
  require_finite(state.document, "");
  Json weights = Json::array();
  for (const WeightReference& reference : state.weights) {
    weights.push_back({{"file", reference.file}, {"checksum", reference.checksum}});
  }
  try {
    Metadata metadata = {{"format", kFormat},
                         {"format_version", kVersion},
                         {"step", std::to_string(state.step)},
                         {"weights", weights.dump()},
                         {"document", state.document.dump()}};
    metadata[kChecksumKey] = contents_checksum(metadata, state.tensors);
    return metadata;
  } catch (const Json::exception&) {  // the one reason for dump() to throw
    throw CheckpointError("document or name of a weight file is not UTF-8");
  }
}

const std::string& field(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    throw CheckpointError("is no training state: '" + key + "' is missing");
  }
  return found->second;
}

void check_format(const Metadata& metadata) {
  if (const auto format = metadata.find("format");
      format == metadata.end() || format->second != kFormat) {
    throw CheckpointError(kWeightsInstead);
  }
  if (const std::string& version = field(metadata, "format_version"); version != kVersion) {
    throw CheckpointError(
        fmt::format("has format version {}; this program reads {}", version, kVersion));
  }
}

std::vector<WeightReference> parse_weights(const Metadata& metadata) {
  std::vector<WeightReference> weights;
  try {
    for (const Json& entry : Json::parse(field(metadata, "weights"))) {
      weights.push_back(
          {entry.at("file").get<std::string>(), entry.at("checksum").get<std::string>()});
    }
  } catch (const Json::exception& error) {
    throw CheckpointError(std::string("has a malformed list of weights: ") + error.what());
  }
  for (const WeightReference& reference : weights) {
    const path name(reference.file);
    if (name.empty() || name.filename() != name) {
      throw CheckpointError("names weights '" + reference.file + "' outside of models/");
    }
  }
  return weights;
}

TrainingState parse_state(TensorFile contents) {
  check_format(contents.metadata);
  if (field(contents.metadata, kChecksumKey) !=
      contents_checksum(contents.metadata, contents.tensors)) {
    throw CheckpointError("is damaged: its checksum does not match its contents");
  }
  TrainingState state;
  try {
    state.step = Json::parse(field(contents.metadata, "step")).get<std::int64_t>();
    state.document = Json::parse(field(contents.metadata, "document"));
  } catch (const Json::exception& error) {
    throw CheckpointError(std::string("has a malformed document: ") + error.what());
  }
  state.weights = parse_weights(contents.metadata);
  state.tensors = std::move(contents.tensors);
  return state;
}

std::string checksum_of(const path& weights) {
  return with_file_name(weights, [&] {
    const InputFile can_be_opened(weights);
    try {
      return checksum_text(file_checksum(weights));
    } catch (const CheckpointError&) {
      throw UnreadableFile("cannot read");
    }
  });
}

void check_weights(const path& state_file, const std::vector<WeightReference>& weights) {
  const path models = layout_of_state(state_file).models_folder();
  for (const WeightReference& reference : weights) {
    if (checksum_of(models / reference.file) != reference.checksum) {
      throw CheckpointError("its weights models/" + reference.file +
                            " are damaged or of another run: their checksum does not match");
    }
  }
}

struct NumberedFile {
  std::int64_t step = 0;
  path file;
};

/// Files for whose names `step_of` knows a step, highest first; a folder that is not there is
/// empty.
template <typename StepOf>
std::vector<NumberedFile> numbered_files(const path& folder, StepOf step_of) {
  std::vector<NumberedFile> files;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    if (const std::optional<std::int64_t> step = step_of(entries->path())) {
      files.push_back({*step, entries->path()});
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw CheckpointError("cannot list " + folder.string() + ": " + error.message());
  }
  std::ranges::sort(files, [](const NumberedFile& a, const NumberedFile& b) {
    return std::tie(b.step, b.file) < std::tie(a.step, a.file);
  });
  return files;
}

/// A state as pruning sees it, from its header alone.
struct StateSummary {
  NumberedFile state;
  std::set<path> weights;  ///< what it names; when it cannot be read, what bears its step
  bool complete = false;   ///< readable, and all its weights are there
};

StateSummary summarize(const ExperimentLayout& layout, const NumberedFile& state) {
  StateSummary summary{.state = state, .weights = {}, .complete = true};
  try {
    const Metadata metadata = read_safetensors_metadata(state.file);
    check_format(metadata);
    for (const WeightReference& reference : parse_weights(metadata)) {
      const path file = layout.models_folder() / reference.file;
      std::error_code error;
      summary.complete = summary.complete && std::filesystem::exists(file, error);
      summary.weights.insert(file);
    }
  } catch (const CheckpointError&) {  // newest_valid_state() reports it when it matters
    summary.complete = false;
    for (const auto& [step, file] : numbered_files(layout.models_folder(), step_of_weights)) {
      if (step == state.step) {
        summary.weights.insert(file);
      }
    }
  }
  return summary;
}

void remove_temporary_files(const path& folder) {
  std::vector<path> leftovers;
  std::error_code error;  // a folder that is not there has no leftovers
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (is_temporary_name(entry.path())) {
      leftovers.push_back(entry.path());
    }
  }
  std::ranges::for_each(leftovers, remove_unfinished);
}

void move_file(const path& file, const path& folder) {
  make_folder(folder);
  const path target = folder / file.filename();
  std::error_code error;
  std::filesystem::rename(file, target, error);
  if (error == std::errc::cross_device_link) {  // the run's folder is a link or a mount
    copy_file_atomically(file, target);
    remove_file(file);
    return;
  }
  if (error) {
    throw StorageError(
        fmt::format("cannot move {} to {}: {}", file.string(), folder.string(), error.message()));
  }
}

}  // namespace

std::uint64_t write_training_state(const path& file, const TrainingState& state) {
  Metadata metadata;
  try {
    metadata = make_metadata(state);
  } catch (const CheckpointError& error) {
    throw CheckpointError(file.string() + ": " + error.what());
  }
  return write_safetensors(file, state.tensors, metadata);
}

TrainingState read_training_state(const path& file) {
  if (file.extension() == ".pth") {
    throw CheckpointError(file.string() + ": " + kWeightsInstead);
  }
  TensorFile contents = read_safetensors(file);
  try {
    TrainingState state = parse_state(std::move(contents));
    check_weights(file, state.weights);
    return state;
  } catch (const UnreadableFile& error) {
    throw UnreadableFile(file.string() + ": " + error.what());
  } catch (const CheckpointError& error) {
    throw CheckpointError(file.string() + ": " + error.what());
  }
}

FoundState newest_valid_state(const path& folder) {
  FoundState found;
  for (const auto& [step, file] : numbered_files(folder, step_of_state)) {
    try {
      TrainingState state = read_training_state(file);
      if (state.step != step) {
        throw CheckpointError(
            fmt::format("{}: is the state of step {}", file.string(), state.step));
      }
      found.file = file;
      found.state = std::move(state);
      break;
    } catch (const UnreadableFile& error) {
      // It may be whole: to go on without it would put it aside, or start all over.
      throw UnreadableFile(fmt::format(
          "{}; this says nothing against the state, so no other one is taken: try again, or name "
          "the state to go on from with --resume",
          error.what()));
    } catch (const CheckpointError& error) {
      found.skipped.push_back({file, error.what()});
    }
  }
  return found;
}

void remove_unfinished_files(const path& experiment) {
  const ExperimentLayout layout(experiment);
  for (const path& folder : {layout.folder(), layout.models_folder(), layout.states_folder()}) {
    remove_temporary_files(folder);
  }
}

void prune_checkpoints(const path& experiment, int keep) {
  const ExperimentLayout layout(experiment);
  if (keep <= 0) {
    return;
  }
  int kept = 0;
  std::set<path> needed;
  std::vector<StateSummary> obsolete;
  for (const NumberedFile& state : numbered_files(layout.states_folder(), step_of_state)) {
    StateSummary summary = summarize(layout, state);
    if (kept < keep) {
      kept += summary.complete ? 1 : 0;
      needed.merge(summary.weights);
    } else {
      obsolete.push_back(std::move(summary));
    }
  }
  std::optional<StorageError> first_failure;
  for (const StateSummary& summary : obsolete) {
    // Weights before their state: after a crash in between the state is still there to say what
    // else has to go.
    try {
      for (const path& file : summary.weights) {
        if (step_of_weights(file) && !needed.contains(file)) {
          remove_file(file);
        }
      }
      remove_file(summary.state.file);
    } catch (const StorageError& error) {
      first_failure = first_failure ? first_failure : error;
    }
  }
  if (first_failure) {
    throw StorageError(*first_failure);
  }
}

path supersede_files(const path& experiment, std::optional<std::int64_t> step,
                     const std::vector<path>& also) {
  const ExperimentLayout layout(experiment);
  const ExperimentLayout target(unused_sibling(experiment, "superseded", std::time(nullptr)));
  bool moved = false;
  const auto move = [&](const path& file, const path& folder) {
    move_file(file, folder);
    moved = true;
  };
  const auto move_later = [&](const std::vector<NumberedFile>& files, const path& folder) {
    for (const NumberedFile& later : files) {
      if (step && later.step > *step) {
        move(later.file, folder);
      }
    }
  };
  // States first: a crash in between must not leave one whose weights have gone.
  move_later(numbered_files(layout.states_folder(), step_of_state), target.states_folder());
  move_later(numbered_files(layout.models_folder(), step_of_weights), target.models_folder());
  for (const path& file : also) {
    move(file, target.models_folder());
  }
  return moved ? target.folder() : path();
}

}  // namespace sr
