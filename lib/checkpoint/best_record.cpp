#include "checkpoint/best_record.h"

#include <cmath>

#include <fmt/format.h>

#include "checkpoint/metadata_number.h"
#include "checkpoint/pth_reader.h"
#include "core/error.h"

namespace sr {
namespace {

constexpr const char* kRule = "best_rule";
constexpr const char* kScore = "best_score";
constexpr const char* kStep = "step";

std::optional<BestRecord> from_metadata(const Metadata& metadata) {
  const auto rule = metadata.find(kRule);
  const auto score = metadata_number<double>(metadata, kScore);
  const auto step = metadata_number<std::int64_t>(metadata, kStep);
  if (rule == metadata.end() || !score || !std::isfinite(*score) || !step) {
    return std::nullopt;
  }
  return BestRecord{rule->second, *score, *step};
}

std::optional<BestRecord> read_record(const std::filesystem::path& file) {
  try {
    return from_metadata(file.extension() == ".pth" ? read_pth_metadata(file)
                                                    : read_safetensors_metadata(file));
  } catch (const CheckpointError&) {
    return std::nullopt;
  }
}

}  // namespace

Metadata to_metadata(const BestRecord& record) {
  return {{kRule, record.rule},
          {kScore, fmt::format("{}", record.score)},  // the shortest text that reads back the same
          {kStep, std::to_string(record.step)}};
}

std::optional<BestFile> find_best(const ExperimentLayout& layout, WeightsFormat preferred) {
  const WeightsFormat other =
      preferred == WeightsFormat::kPth ? WeightsFormat::kSafetensors : WeightsFormat::kPth;
  std::optional<BestFile> best;
  for (const WeightsFormat format : {preferred, other}) {
    const std::filesystem::path file = layout.best_path(format);
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
      continue;
    }
    BestFile found{file, read_record(file)};
    const bool is_later =
        best && found.record && (!best->record || found.record->step > best->record->step);
    if (!best || is_later) {
      best = std::move(found);
    }
  }
  return best;
}

}  // namespace sr
