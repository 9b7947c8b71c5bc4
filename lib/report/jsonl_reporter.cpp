#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/line_file.h"
#include "core/run_files.h"
#include "report/append_file.h"
#include "report/json_text.h"
#include "report/reporter.h"

namespace sr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What a validation gives. A run that goes on from a state which was saved before the validation
/// of its step does that one again, with the same outcome.
constexpr std::string_view kOutcomes[] = {"validation", "lr_decision", "stop_decision"};

bool is_outcome(const Json& line) {
  return std::ranges::find(kOutcomes, line["event"].get_ref<const std::string&>()) !=
         std::ranges::end(kOutcomes);
}

/// The outcome without what another measurement of the same changes.
std::string essence(Json line) {
  for (const char* key : {"time", "elapsed_s", "seconds", "tile_size", "best"}) {
    line.erase(key);
  }
  return json_text(line);
}

/// Outcomes of a step that are in the file, and in force: behind the last start of an earlier step.
std::unordered_set<std::string> outcomes_at(std::int64_t step, const fs::path& file) {
  constexpr std::string_view kBegin = R"({"event":")";
  std::unordered_set<std::string> found;
  LineFile lines(file);
  for (std::string text; lines.next(text);) {
    const std::string_view kind =
        std::string_view(text).substr(std::min(kBegin.size(), text.size()));
    const bool start = kind.starts_with("start\"");
    const bool wanted = start || std::ranges::any_of(kOutcomes, [&](std::string_view outcome) {
                          return kind.starts_with(outcome);
                        });
    if (!wanted) {
      continue;  // nearly all of a long file
    }
    const Json line = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    const Json at = line.is_object() ? line.value("step", Json()) : Json();
    if (!at.is_number_integer()) {
      continue;
    }
    if (start && at.get<std::int64_t>() < step) {
      found.clear();
    } else if (!start && at.get<std::int64_t>() == step) {
      found.insert(essence(line));
    }
  }
  return found;
}

class JsonlReporter : public Reporter {
 public:
  explicit JsonlReporter(const fs::path& folder)
      : path_(folder / run_files::kEvents), file_(path_) {}

  void on(const Event& event) override {
    const Json line = to_json(event);
    if (line.is_null()) {
      return;
    }
    if (const auto* start = std::get_if<StartEvent>(&event.data);
        start != nullptr && start->resumed_from) {
      resumed_step_ = event.step;
      known_ = outcomes_at(event.step, path_);
    }
    if (event.step == resumed_step_ && is_outcome(line) && known_.contains(essence(line))) {
      return;
    }
    // A file name need not be UTF-8; JSON must be.
    file_.append_line(json_text(line));
  }

 private:
  fs::path path_;
  AppendFile file_;
  std::int64_t resumed_step_ = -1;
  std::unordered_set<std::string> known_;  ///< outcomes of resumed_step_ that the file has
};

}  // namespace

std::unique_ptr<Reporter> make_jsonl_reporter(const std::filesystem::path& folder) {
  return std::make_unique<JsonlReporter>(folder);
}

}  // namespace sr
