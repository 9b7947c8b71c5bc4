#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "add_command.h"
#include "report/html_report.h"
#include "say.h"

namespace sr::app {
namespace {

struct ReportOptions {
  std::vector<std::string> folders;  ///< experiment folders
  std::string output;                ///< empty = report.html in the first folder
};

void add_options(CLI::App& command, ReportOptions& options) {
  command
      .add_option("folders", options.folders,
                  "Experiment folders; several are drawn on top of each other")
      ->type_name("RUN_FOLDER")
      ->required();
  command
      .add_option(
          "--output,-o", options.output,
          "The page; the default is report.html in the first folder, which a run that still "
          "trains there replaces by its own")
      ->type_name("FILE");
}

ExitCode report(const ReportOptions& options) {
  const std::vector<std::filesystem::path> folders(options.folders.begin(), options.folders.end());
  say("{}\n", write_html_report(folders, options.output).string());
  return ExitCode::kDone;
}

}  // namespace

void add_report(CLI::App& program, Task& task) {
  add_command<ReportOptions>(
      program, task,
      {"report", "Write a page about a run, or several side by side: curves, decisions, pictures"},
      report, add_options);
}

}  // namespace sr::app
