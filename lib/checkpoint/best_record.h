#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/tensor_file.h"

namespace sr {

/// Why net_g_best holds the weights that it holds. It lies in that file itself, so that weights and
/// score are replaced together: a state that says "the best is 30.1" cannot know of a better file
/// that was written after it.
struct BestRecord {
  std::string rule;  ///< how it was scored: set, its files, metric and its settings
  double score = 0;
  std::int64_t step = 0;

  friend bool operator==(const BestRecord&, const BestRecord&) = default;
};

/// The record as metadata of a weight file.
Metadata to_metadata(const BestRecord& record);

/// models/net_g_best.* of a run, as it is found.
struct BestFile {
  std::filesystem::path path;
  std::optional<BestRecord> record;  ///< files of earlier versions have none
};

/// Of a file in each format, which a change of the format leaves, the one of the later step, else
/// the one in the format `preferred`; nothing when there is none. A file that cannot be read has no
/// record.
std::optional<BestFile> find_best(const ExperimentLayout& layout, WeightsFormat preferred);

}  // namespace sr
