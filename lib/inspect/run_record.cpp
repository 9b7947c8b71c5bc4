#include "inspect/run_record.h"

#include <algorithm>

#include "checkpoint/experiment_layout.h"
#include "core/line_file.h"
#include "core/path_status.h"

namespace sr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Nothing counts that the run went back behind: it is told again.
void drop_steps_beyond(std::int64_t step, RunRecord& record) {
  record.validations.erase(record.validations.upper_bound(step), record.validations.end());
  record.last_step = step;
}

void read_event(const Json& event, RunRecord& record) {
  const std::string kind = event.value("event", "");
  const std::int64_t step = event.value("step", std::int64_t{0});
  if (kind == "start") {
    drop_steps_beyond(step, record);
    record.config = event.value("config", Json());
    record.device = event.value("device", "");
    record.end_reason.clear();
  } else if (kind == "validation") {
    record.validations[step][event.value("dataset", "")] = event.value("metrics", Json::object());
  } else if (kind == "progress" || kind == "end") {
    record.samples = event.value("samples", record.samples);
    record.end_reason = event.value("reason", "");
  }
  record.last_step = std::max(record.last_step, step);
}

}  // namespace

std::optional<RunRecord> read_run_record(const fs::path& run_folder) {
  LineFile lines(ExperimentLayout(run_folder).events_path());
  if (!lines.is_open()) {
    return std::nullopt;
  }
  RunRecord record;
  for (std::string line; lines.next(line);) {
    const Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (event.is_object()) {
      try {
        read_event(event, record);
      } catch (const nlohmann::json::exception&) {
        continue;  // a field of another type: not one of ours
      }
    }
  }
  return record;
}

std::optional<fs::path> run_folder_of(const fs::path& file) {
  std::error_code error;
  const fs::path folder = absolute_path(file).parent_path();
  const ExperimentLayout run(folder.parent_path());
  const bool inside = folder == run.models_folder() || folder == run.states_folder();
  return inside && fs::is_regular_file(run.events_path(), error) ? std::optional(run.folder())
                                                                 : std::nullopt;
}

}  // namespace sr
