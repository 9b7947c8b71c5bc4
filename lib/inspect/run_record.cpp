#include "inspect/run_record.h"

#include <algorithm>

#include "checkpoint/experiment_layout.h"
#include "core/path_status.h"
#include "report/events_in_force.h"
#include "report/json_fields.h"

namespace sr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool tells_samples(const Json& event) {
  const std::string kind = text_field(event, "event");
  return kind == "progress" || kind == "end";
}

/// A long run has many of them, of many fields.
Json without_unread(Json event) {
  if (!tells_samples(event)) {
    return event;
  }
  Json part = Json::object();
  for (const char* key : {"event", "step", "samples", "reason"}) {
    part[key] = field(event, key);
  }
  return part;
}

Json object_field(const Json& event, const char* key, const Json& otherwise) {
  const Json& value = field(event, key);
  return value.is_object() ? value : otherwise;
}

void read_event(const Json& event, RunRecord& record) {
  const std::string kind = text_field(event, "event");
  const std::int64_t step = whole<std::int64_t>(field(event, "step")).value_or(0);
  if (kind == "start") {
    record.config = object_field(event, "config", nullptr);
    record.device = text_field(event, "device");
    record.end_reason.clear();
  } else if (kind == "validation") {
    record.validations[step][text_field(event, "dataset")] =
        object_field(event, "metrics", Json::object());
  } else if (tells_samples(event)) {
    record.samples = whole<std::int64_t>(field(event, "samples")).value_or(record.samples);
    record.end_reason = text_field(event, "reason");
  }
  record.last_step = std::max(record.last_step, step);
}

}  // namespace

std::optional<RunRecord> read_run_record(const fs::path& run_folder) {
  const auto events = events_in_force(ExperimentLayout(run_folder).events_path(), &without_unread);
  if (!events) {
    return std::nullopt;
  }
  RunRecord record;
  for (const Json& event : *events) {
    read_event(event, record);
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
