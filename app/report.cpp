#include <filesystem>
#include <vector>

#include "commands.h"
#include "report/html_report.h"
#include "say.h"

namespace sr::app {

ExitCode report(const ReportOptions& options) {
  const std::vector<std::filesystem::path> folders(options.folders.begin(), options.folders.end());
  say("{}\n", write_html_report(folders, options.output).string());
  return ExitCode::kDone;
}

}  // namespace sr::app
