#include "report/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/line_file.h"
#include "core/path_status.h"
#include "core/run_files.h"
#include "core/text_file.h"
#include "report/run_pictures.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr const char* kSizeController[] = {
    "DynamicBatchSizeOptimizer", "DynamicBatchAndPatchSizeOptimizer",
    "dynamic_batch_size_optimizer", "dynamic_batch_and_patch_size_optimizer"};

/// The events in force with `seconds`, the time trained so far by all processes of the run.
std::vector<Json> read_events(const fs::path& file) {
  LineFile lines(file);
  if (!lines.is_open()) {
    throw DataError(
        fmt::format("{}: cannot be read; is this an experiment folder?", file.string()));
  }
  std::vector<Json> events;
  double before = 0;  // seconds of earlier processes
  for (std::string line; lines.next(line);) {
    Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object() || !event.contains("event") || !event["event"].is_string() ||
        !event.value("step", Json()).is_number() || !event.value("elapsed_s", Json()).is_number()) {
      continue;
    }
    if (event["event"] == "start") {
      const double step = event["step"].get<double>();
      std::erase_if(events,
                    [step](const Json& earlier) { return earlier["step"].get<double>() > step; });
      before = events.empty() ? 0 : events.back()["seconds"].get<double>();
    }
    event["seconds"] = before + event["elapsed_s"].get<double>();
    events.push_back(std::move(event));
  }
  return events;
}

/// Some fields of an event, null where it has none.
Json part_of(const Json& event, std::initializer_list<const char*> keys) {
  Json part{{"step", event["step"]}, {"seconds", event["seconds"]}};
  for (const char* key : keys) {
    part[key] = event.value(key, Json());
  }
  return part;
}

std::string size_of(const Json& size) {
  if (!size.is_object()) {
    return "-";
  }
  std::string text = fmt::format("{} x {}", size.value("lq_size", 0), size.value("batch_size", 0));
  if (const int micro = size.value("micro_batch", 0); micro > 0) {
    text += fmt::format(" in parts of {}", micro);
  }
  if (size.value("recompute", false)) {
    text += " with blocks computed twice";
  }
  return text;
}

std::string text_at(const Json& event, const char* key) {
  const Json value = event.value(key, Json());
  return value.is_string() ? value.get<std::string>() : "";
}

Json decision_of(const Json& event) {
  Json decision = part_of(event, {"action"});
  const std::string kind = event["event"];
  std::string text = text_at(event, "reason");
  if (kind == "size_decision") {
    const std::string from = size_of(event.value("from", Json()));
    const std::string to = size_of(event.value("to", Json()));
    text = from == to ? fmt::format("{}: {}", from, text)
                      : fmt::format("{} -> {}: {}", from, to, text);
  }
  if (!decision["action"].is_string()) {
    decision["action"] = kind;
  }
  decision["text"] = text;
  return decision;
}

Json oom_of(const Json& event) {
  Json oom = part_of(event, {"where", "class"});
  oom["text"] = fmt::format("{} ({}) at {} x {}, goes on with {}", text_at(event, "where"),
                            text_at(event, "class"), event.value("lq_size", 0),
                            event.value("batch_size", 0), size_of(event.value("to", Json())));
  return oom;
}

/// [target - margin, target + margin] of the size controller, null when it is off.
Json band_of(const Json& config) {
  const Json automations = config.value("training_automations", Json());
  for (const char* name : kSizeController) {
    const Json block = automations.is_object() ? automations.value(name, Json()) : Json();
    if (block.is_object() && block.value("enabled", true)) {
      const double target = block.value("target_vram_usage", 0.85);
      const double margin = block.value("safety_margin", 0.05);
      return {target - margin, target + margin};
    }
  }
  return nullptr;
}

void add_start(Json& run, const Json& event) {
  const Json config = event.value("config", Json::object());
  run["version"] = text_at(event, "version");
  run["device"] = text_at(event, "device");
  run["parameters"] = event.value("parameters", Json());
  run["name"] = config.value("name", run["name"].get<std::string>());
  run["network"] = config.value(Json::json_pointer("/network_g/type"), std::string("-"));
  run["scale"] = config.value("scale", 0);
  run["total_iter"] = config.value(Json::json_pointer("/train/total_iter"), Json());
  run["best_by"] = config.value(Json::json_pointer("/val/best_by"), Json());
  run["band"] = band_of(config);
}

void add_validation(Json& run, const Json& event) {
  run["validations"].push_back(part_of(event, {"dataset", "metrics"}));
  const Json metrics = event.value("metrics", Json::object());
  for (const auto& [metric, value] : metrics.items()) {
    run["final"][fmt::format("{} {}", text_at(event, "dataset"), metric)] = value;
  }
}

/// The best score is that of one metric of the first set: where `best` equals the score.
void find_best(Json& run) {
  if (run["validations"].empty()) {
    return;
  }
  const std::string set = run["validations"][0]["dataset"].is_string()
                              ? run["validations"][0]["dataset"].get<std::string>()
                              : "";
  const std::string best_by =
      run["best_by"].is_string() ? run["best_by"].get<std::string>() : "";  // else the first
  for (const Json& validation : run["validations"]) {
    const Json& metrics = validation["metrics"];
    if (validation["dataset"] != set || !metrics.is_object() || metrics.empty()) {
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
  if (kind == "start") {
    add_start(run, event);
  } else if (kind == "progress") {
    run["progress"].push_back(part_of(event, {"lr", "losses", "lq_size", "batch_size", "step_ms",
                                              "data_wait_ms", "memory_usage"}));
  } else if (kind == "validation") {
    add_validation(run, event);
    run["validations"].back()["best"] = event.value("best", Json());
  } else if (kind == "size_decision" || kind == "lr_decision" || kind == "stop_decision") {
    run["decisions"].push_back(decision_of(event));
  } else if (kind == "oom") {
    run["ooms"].push_back(oom_of(event));
  } else if (kind == "warning") {
    run["warnings"].push_back(part_of(event, {"message"}));
  }
  run["end"] = kind == "end" ? part_of(event, {"reason", "exit_code"}) : Json(nullptr);
  run["seconds"] = event["seconds"];
}

}  // namespace

Json read_run(const fs::path& folder) {
  const std::vector<Json> events = read_events(folder / run_files::kEvents);
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
  try {
    for (const Json& event : events) {
      add_event(run, event);
    }
    find_best(run);
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("{}: an event has a field of another kind: {}",
                                (folder / run_files::kEvents).string(), error.what()));
  }
  run["config"] = configuration(folder / run_files::kConfig);
  run["pictures"] = run_pictures(folder);
  return run;
}

}  // namespace sr
