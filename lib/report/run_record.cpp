#include "report/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "automation/options.h"
#include "core/error.h"
#include "core/path_status.h"
#include "core/run_files.h"
#include "core/text_file.h"
#include "report/events_in_force.h"
#include "report/json_fields.h"
#include "report/run_pictures.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// The events in force with `seconds`, the time trained so far by all processes of the run.
std::vector<Json> timed_events(const fs::path& file) {
  std::optional<std::vector<Json>> events = events_in_force(file);
  if (!events) {
    throw DataError(
        fmt::format("{}: cannot be read; is this an experiment folder?", file.string()));
  }
  std::erase_if(*events, [](const Json& event) { return !field(event, "elapsed_s").is_number(); });
  double before = 0;  // seconds of earlier processes
  double seconds = 0;
  for (Json& event : *events) {
    before = event["event"] == "start" ? seconds : before;
    seconds = before + event["elapsed_s"].get<double>();
    event["seconds"] = seconds;
  }
  return std::move(*events);
}

Json number_or_null(const Json& value) {
  return value.is_number() ? value : Json(nullptr);
}

/// When it was, and some of its numbers, null where it has none.
Json part_of(const Json& event, std::initializer_list<const char*> numbers) {
  Json part{{"step", event["step"]}, {"seconds", event["seconds"]}};
  for (const char* key : numbers) {
    part[key] = number_or_null(field(event, key));
  }
  return part;
}

/// Losses or scores by their names; null is one that was not finite.
Json named_numbers(const Json& object) {
  Json numbers = Json::object();
  if (object.is_object()) {
    for (const auto& [name, value] : object.items()) {
      numbers[name] = number_or_null(value);
    }
  }
  return numbers;
}

std::int64_t count_in(const Json& json, const char* key) {
  return whole<std::int64_t>(field(json, key)).value_or(0);
}

std::string size_of(const Json& size) {
  if (!size.is_object()) {
    return "-";
  }
  std::string text =
      fmt::format("{} x {}", count_in(size, "lq_size"), count_in(size, "batch_size"));
  if (const std::int64_t micro = count_in(size, "micro_batch"); micro > 0) {
    text += fmt::format(" in parts of {}", micro);
  }
  if (flag_field(size, "recompute", false)) {
    text += " with blocks computed twice";
  }
  return text;
}

Json decision_of(const Json& event) {
  Json decision = part_of(event, {});
  const std::string kind = event["event"];
  std::string text = text_field(event, "reason");
  if (kind == "size_decision") {
    const std::string from = size_of(field(event, "from"));
    const std::string to = size_of(field(event, "to"));
    text = from == to ? fmt::format("{}: {}", from, text)
                      : fmt::format("{} -> {}: {}", from, to, text);
  }
  decision["action"] = text_field(event, "action", kind);
  decision["text"] = text;
  return decision;
}

Json oom_of(const Json& event) {
  Json oom = part_of(event, {});
  oom["text"] = fmt::format("{} ({}) at {} x {}, goes on with {}", text_field(event, "where"),
                            text_field(event, "class"), count_in(event, "lq_size"),
                            count_in(event, "batch_size"), size_of(field(event, "to")));
  return oom;
}

/// [target - margin, target + margin] of the size controller, null when it is off.
Json band_of(const Json& config) {
  for (const char* name : kSizeOptimizerNames) {
    const Json& block = field(field(config, "training_automations"), name);
    if (block.is_object() && flag_field(block, "enabled", true)) {
      const double target = number_field(block, "target_vram_usage", 0.85);
      const double margin = number_field(block, "safety_margin", 0.05);
      return {target - margin, target + margin};
    }
  }
  return nullptr;
}

void add_start(Json& run, const Json& event) {
  const Json& config = field(event, "config");
  run["version"] = text_field(event, "version");
  run["device"] = text_field(event, "device");
  run["parameters"] = number_or_null(field(event, "parameters"));
  run["name"] = text_field(config, "name", run["name"].get<std::string>());
  run["network"] = text_field(field(config, "network_g"), "type", "-");
  run["scale"] = count_in(config, "scale");
  run["total_iter"] = number_or_null(field(field(config, "train"), "total_iter"));
  run["best_by"] = text_field(field(config, "val"), "best_by");
  run["band"] = band_of(config);
}

void add_validation(Json& run, const Json& event) {
  Json validation = part_of(event, {"best"});
  validation["dataset"] = text_field(event, "dataset");
  validation["metrics"] = named_numbers(field(event, "metrics"));
  for (const auto& [metric, value] : validation["metrics"].items()) {
    run["final"][fmt::format("{} {}", text_field(event, "dataset"), metric)] = value;
  }
  run["validations"].push_back(std::move(validation));
}

/// The best score is that of one metric of the first set: where `best` equals the score.
void find_best(Json& run) {
  if (run["validations"].empty()) {
    return;
  }
  const std::string set = run["validations"][0]["dataset"];
  const std::string best_by = run["best_by"];  // empty: the first
  for (const Json& validation : run["validations"]) {
    const Json& metrics = validation["metrics"];
    if (validation["dataset"] != set || metrics.empty()) {
      continue;
    }
    const auto by = metrics.contains(best_by) ? metrics.find(best_by) : metrics.begin();
    if (by.value() != validation["best"]) {
      continue;
    }
    if (run["best"].is_null() || run["best"]["value"] != by.value()) {
      run["best"] = {{"name", fmt::format("{} {}", set, by.key())},
                     {"value", by.value()},
                     {"step", validation["step"]}};
    }
  }
}

/// What the page shows of the configuration; nothing where it cannot be read.
std::string configuration(const fs::path& file) {
  constexpr std::size_t kMostBytes = std::size_t{16} << 20U;
  return read_text_file(file, kMostBytes, TextBytes::kAny).text;
}

void add_event(Json& run, const Json& event) {
  const std::string kind = event["event"];
  run["end"] = nullptr;
  run["seconds"] = event["seconds"];
  if (kind == "start") {
    add_start(run, event);
  } else if (kind == "progress") {
    Json progress =
        part_of(event, {"lr", "lq_size", "batch_size", "step_ms", "data_wait_ms", "memory_usage"});
    progress["losses"] = named_numbers(field(event, "losses"));
    run["progress"].push_back(std::move(progress));
  } else if (kind == "validation") {
    add_validation(run, event);
  } else if (kind == "size_decision" || kind == "lr_decision" || kind == "stop_decision") {
    run["decisions"].push_back(decision_of(event));
  } else if (kind == "oom") {
    run["ooms"].push_back(oom_of(event));
  } else if (kind == "warning") {
    Json warning = part_of(event, {});
    warning["message"] = text_field(event, "message");
    run["warnings"].push_back(std::move(warning));
  } else if (kind == "end") {
    run["end"] = part_of(event, {"exit_code"});
    run["end"]["reason"] = text_field(event, "reason");
  }
}

}  // namespace

Json read_run(const fs::path& folder) {
  const std::vector<Json> events = timed_events(folder / run_files::kEvents);
  const bool started = std::any_of(events.begin(), events.end(),
                                   [](const Json& event) { return event["event"] == "start"; });
  if (!started) {
    throw DataError(
        fmt::format("{}: holds no start of a run", (folder / run_files::kEvents).string()));
  }
  Json run{{"name", normal_path(folder).filename().string()},
           {"best", nullptr},
           {"final", Json::object()}};
  for (const char* list :
       {"progress", "validations", "decisions", "ooms", "warnings", "pictures"}) {
    run[list] = Json::array();
  }
  for (const Json& event : events) {
    add_event(run, event);
  }
  find_best(run);
  run["config"] = configuration(folder / run_files::kConfig);
  run["pictures"] = run_pictures(folder);
  return run;
}

}  // namespace sr
