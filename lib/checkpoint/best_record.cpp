#include "checkpoint/best_record.h"

#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "checkpoint/input_file.h"
#include "checkpoint/metadata_number.h"
#include "checkpoint/pth_writer.h"
#include "checkpoint/torch_archive.h"
#include "core/error.h"

namespace sr {
namespace {

constexpr const char* kRule = "best_rule";
constexpr const char* kScore = "best_score";
constexpr const char* kStep = "step";
constexpr std::uint64_t kMostMetadataBytes = 1U << 20U;

std::optional<BestRecord> from_metadata(const Metadata& metadata) {
  const auto rule = metadata.find(kRule);
  const auto score = metadata_number<double>(metadata, kScore);
  const auto step = metadata_number<std::int64_t>(metadata, kStep);
  if (rule == metadata.end() || !score || !std::isfinite(*score) || !step) {
    return std::nullopt;
  }
  return BestRecord{rule->second, *score, *step};
}

Metadata read_pth_metadata(const std::filesystem::path& file) {
  InputFile input(file);
  const std::vector<std::byte> bytes = input.read_up_to(input.size());
  const std::vector<std::byte> record =
      TorchArchive(bytes).read(kPthMetadataRecord, kMostMetadataBytes);
  const std::string_view text(reinterpret_cast<const char*>(record.data()), record.size());
  return nlohmann::json::parse(text).get<Metadata>();
}

std::optional<BestRecord> read_record(const std::filesystem::path& file) {
  try {
    return from_metadata(file.extension() == ".pth" ? read_pth_metadata(file)
                                                    : read_safetensors_metadata(file));
  } catch (const CheckpointError&) {
    return std::nullopt;
  } catch (const nlohmann::json::exception&) {
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
  for (const WeightsFormat format : {preferred, other}) {
    const std::filesystem::path file = layout.best_path(format);
    std::error_code error;
    if (std::filesystem::exists(file, error)) {
      return BestFile{file, read_record(file)};
    }
  }
  return std::nullopt;
}

}  // namespace sr
