#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace sr {

/// What events.jsonl tells of a run.
struct RunRecord {
  nlohmann::ordered_json config;  ///< resolved, of the last start; null when none was read
  std::string device;
  std::int64_t last_step = 0;
  std::int64_t samples = 0;
  /// By step: {dataset: {metric: value}}. Steps that were done again count once, the last time.
  std::map<std::int64_t, nlohmann::ordered_json> validations;
  std::string end_reason;  ///< empty: still running, or killed
};

/// Reads <run folder>/events.jsonl; lines that are torn or of another kind are passed over.
/// Nothing when there is no such file.
std::optional<RunRecord> read_run_record(const std::filesystem::path& run_folder);

/// The folder of the run that a weight file or training state lies in: the parent of models/ or
/// training_states/ that has events.jsonl.
std::optional<std::filesystem::path> run_folder_of(const std::filesystem::path& file);

}  // namespace sr
