#include "inspect/run_record.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "checkpoint/experiment_layout.h"
#include "core/path_status.h"
#include "report/events_in_force.h"
#include "report/json_fields.h"

namespace sr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json object_field(const Json& event, const char* key, const Json& otherwise) {
  const Json& value = field(event, key);
  return value.is_object() ? value : otherwise;
}

/// Makes the record of events in their order. Of the many `progress` of a long run it holds no
/// more than a step and a number each, which a resume may ask for.
class Reader final : public EventReader {
 public:
  void read(Json event, std::int64_t step) override {
    const std::string kind = text_field(event, "event");
    if (kind == "start") {
      record_.config = object_field(event, "config", nullptr);
      record_.device = text_field(event, "device");
      record_.end_reason.clear();
    } else if (kind == "validation") {
      record_.validations[step][text_field(event, "dataset")] =
          object_field(event, "metrics", Json::object());
    } else if (kind == "progress" || kind == "end") {
      if (const auto samples = whole<std::int64_t>(field(event, "samples"))) {
        samples_.push_back({step, *samples});
      }
      record_.end_reason = text_field(event, "reason");
    }
    record_.last_step = std::max(record_.last_step, step);
  }

  void make_void_beyond(std::int64_t step) override {
    record_.last_step = std::clamp<std::int64_t>(step, 0, record_.last_step);
    record_.validations.erase(record_.validations.upper_bound(step), record_.validations.end());
    std::erase_if(samples_, [&](const Samples& samples) { return samples.step > step; });
  }

  RunRecord take() {
    record_.samples = samples_.empty() ? 0 : samples_.back().number;
    return std::move(record_);
  }

 private:
  struct Samples {
    std::int64_t step, number;
  };

  RunRecord record_;
  std::vector<Samples> samples_;
};

}  // namespace

std::optional<RunRecord> read_run_record(const fs::path& run_folder) {
  Reader reader;
  const bool read = read_events(ExperimentLayout(run_folder).events_path(), reader);
  return read ? std::optional(reader.take()) : std::nullopt;
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
