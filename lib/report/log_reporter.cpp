#include <fmt/format.h>

#include "core/run_files.h"
#include "report/append_file.h"
#include "report/format_event.h"
#include "report/reporter.h"
#include "report/time_text.h"

namespace sr {
namespace {

class LogReporter : public Reporter {
 public:
  explicit LogReporter(const std::filesystem::path& folder) : file_(folder / run_files::kLog) {}

  void on(const Event& event) override {
    std::string text;
    for (const TextLine& line : format_(event)) {
      text += fmt::format("{}{}  {}", text.empty() ? "" : "\n", local_text(event.time),
                          plain_text(line));
    }
    if (!text.empty()) {
      file_.append_line(text);
    }
  }

 private:
  AppendFile file_;
  EventFormatter format_{Verbosity::kVerbose};
};

}  // namespace

std::unique_ptr<Reporter> make_log_reporter(const std::filesystem::path& folder) {
  return std::make_unique<LogReporter>(folder);
}

}  // namespace sr
