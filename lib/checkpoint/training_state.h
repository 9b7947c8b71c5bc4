#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/tensor_file.h"

namespace sr {

/// A weight file that belongs to a state: both must be whole for the state to be valid.
struct WeightReference {
  std::string file;      ///< file name below models/
  std::string checksum;  ///< checksum_text(file_checksum(...))
};

/// Everything a run needs to go on exactly, beside the weights themselves: one `.state` file.
struct TrainingState {
  std::int64_t step = 0;
  nlohmann::ordered_json document;  ///< cursor, schedule, scores, size controller, environment
  std::vector<WeightReference> weights;
  std::vector<StoredTensor> tensors;  ///< optimizer moments, EMA bookkeeping, loss scaler ...
};

/// Writes training_states/<step>.state below the run's folder (a safetensors container whose
/// metadata holds the document and a checksum over document and tensors), atomically. Write the
/// weight files first: a state is the sign that all of its checkpoint is there. Returns bytes
/// written. Throws StorageError when the disk refuses, CheckpointError for a document that JSON
/// cannot hold (a number that is not finite would come back as null; text that is not UTF-8).
std::uint64_t write_training_state(const std::filesystem::path& file, const TrainingState& state);

/// Reads and verifies a state and the checksums of the weight files it names (in ../models/
/// relative to it). The tensors come in the order of the file, not as they were given.
/// Throws CheckpointError "<file>: <reason>".
TrainingState read_training_state(const std::filesystem::path& file);

/// A state that cannot be gone on from.
struct DamagedState {
  std::filesystem::path file;
  std::string problem;  ///< "<file>: <reason>"
};

struct FoundState {
  std::filesystem::path file;  ///< empty: none is valid
  TrainingState state;
  std::vector<DamagedState> skipped;  ///< newer ones
};

/// The newest (highest step) valid state in a folder training_states/; none when there is no such
/// folder. Only files named <step>.state count. Throws CheckpointError if the folder is unreadable,
/// and UnreadableFile for a state, newer than the one to return, that may be whole and cannot be
/// read.
FoundState newest_valid_state(const std::filesystem::path& folder);

/// Deletes what a kill left half written of the run's files, its weights and its states: before any
/// of them is written. Throws StorageError.
void remove_unfinished_files(const std::filesystem::path& experiment);

/// Deletes the oldest states and the weight files only they name, until `keep` states are left (0 =
/// all). Never touches net_g_best* nor weight files named by a kept state, nor weights that no
/// state names, nor files that somebody is writing. Only states with a readable header and all
/// their weight files count as kept: `keep` damaged ones never push out the last good one. Throws
/// StorageError, CheckpointError for an unreadable folder.
void prune_checkpoints(const std::filesystem::path& experiment, int keep);

/// Moves states and numbered weights beyond `step`, and the weight files `also`, to
/// <experiment>_superseded_<YYYYmmdd_HHMMSS>/ (same sub-folders). Without a step only `also`.
/// Returns that folder, empty when nothing moved. Throws StorageError.
std::filesystem::path supersede_files(const std::filesystem::path& experiment,
                                      std::optional<std::int64_t> step,
                                      const std::vector<std::filesystem::path>& also = {});

}  // namespace sr
