#include "train/announcement.h"

#include <fmt/format.h>

#include <filesystem>

#include "checkpoint/experiment_layout.h"
#include "config/resolved_text.h"
#include "core/path_status.h"
#include "core/version.h"

namespace sr {
namespace {

std::int64_t count_parameters(const Network& network) {
  std::int64_t count = 0;
  for (const NamedTensor& parameter : network.parameters()) {
    count += parameter.tensor.numel();
  }
  return count;
}

bool has_files(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::directory_iterator first(folder, error);
  return !error && first != std::filesystem::directory_iterator();
}

/// About the folder and the state in it.
void announce_folder(Report& report, std::int64_t step, const Beginning& run) {
  const ExperimentFolder& folder = run.folder;
  const ResumePoint& point = run.point;
  if (!folder.exclusive()) {
    report(
        step,
        WarningEvent{
            "this file system has no locks: a second run in the same folder would not be noticed",
            folder.layout().folder().string()});
  }
  if (point.looked_for && !point.file) {
    report(step,
           NoticeEvent{fmt::format("--auto-resume: there is no {}training state in {}: starting at "
                                   "step 0",
                                   point.skipped.empty() ? "" : "valid ",
                                   normal_path(folder.layout().states_folder()).string())});
  }
  if (folder.archived()) {
    const bool goes_on =
        point.skipped.empty() && has_files(ExperimentLayout(*folder.archived()).states_folder());
    report(step, NoticeEvent{fmt::format(
                     "the earlier {} is kept as {}{}", run.config.name, folder.archived()->string(),
                     goes_on ? "; --auto-resume would have gone on with it" : "")});
  }
  for (const auto& [file, problem] : point.skipped) {
    report(step, WarningEvent{"a damaged training state was skipped: " + problem, file.string()});
  }
}

StartEvent start_event(const Beginning& run) {
  StartEvent start;
  start.version = version();
  start.device = device_name(run.device);
  start.device_memory_bytes = run.memory.read().device_total;
  start.memory_limit_bytes = run.config.memory_limit;
  start.config = resolved_json(run.config);
  if (run.point.file) {
    start.resumed_from = run.point.file->string();
  }
  start.parameters = count_parameters(run.generator);
  if (!run.ranks.alone()) {
    start.ranks = RanksStart{run.ranks.world(), run.ranks.roster().distinct_hosts()};
  }
  return start;
}

}  // namespace

void announce(Report& report, std::int64_t step, const Beginning& run, const Remarks& remarks) {
  report(step, start_event(run));
  announce_folder(report, step, run);
  for (const std::string& notice : remarks.notices) {
    report(step, NoticeEvent{notice});
  }
  if (run.device.is_cpu() && run.config.use_amp && !run.config.amp_bf16) {
    report(step, NoticeEvent{"use_amp: on the CPU that is bfloat16"});
  }
  for (const std::string& warning : remarks.warnings) {
    report(step, WarningEvent{warning, ""});
  }
}

}  // namespace sr
