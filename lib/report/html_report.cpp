#include "report/html_report.h"

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "core/atomic_file.h"
#include "core/run_files.h"
#include "report/json_text.h"
#include "report/run_record.h"
#include "report/time_text.h"
#include "report_page.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

void replace_once(std::string& text, std::string_view mark, std::string_view by) {
  const std::size_t at = text.find(mark);
  if (at != std::string::npos) {
    text.replace(at, mark.size(), by);
  }
}

/// JSON inside <script>: no "</script" and no "<!--" can stand in it.
std::string script_json(const nlohmann::ordered_json& data) {
  const std::string text = json_text(data);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    safe += c == '<' ? std::string_view("\\u003c") : std::string_view(&c, 1);
  }
  return safe;
}

class HtmlReporter final : public Reporter {
 public:
  explicit HtmlReporter(fs::path folder) : folder_(std::move(folder)) {}

  void on(const Event& event) override {
    if (std::holds_alternative<ValidationEvent>(event.data) ||
        std::holds_alternative<EndEvent>(event.data)) {
      write_html_report(std::vector{folder_});
    }
  }

 private:
  fs::path folder_;
};

}  // namespace

std::string html_report(std::span<const nlohmann::ordered_json> runs) {
  std::string page(kReportPage);
  replace_once(page, "@STYLE@", kReportStyle);
  replace_once(page, "@SCRIPT@", kReportScript);
  replace_once(page, "@TIME@", utc_text(std::chrono::system_clock::now()));
  // Last: what a run's files hold is never searched for marks.
  replace_once(page, "@DATA@", script_json({{"runs", std::vector(runs.begin(), runs.end())}}));
  return page;
}

fs::path write_html_report(std::span<const fs::path> folders, fs::path file) {
  std::vector<nlohmann::ordered_json> runs;
  for (const fs::path& folder : folders) {
    runs.push_back(read_run(folder));
  }
  if (file.empty()) {
    file = folders.front() / run_files::kPage;
  }
  write_file_atomically(file, html_report(runs));
  return file;
}

std::unique_ptr<Reporter> make_html_reporter(const fs::path& folder) {
  return std::make_unique<HtmlReporter>(folder);
}

}  // namespace sr
