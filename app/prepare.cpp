#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <opencv2/core/utility.hpp>
#include <string>

#include "commands.h"
#include "core/signals.h"
#include "core/units.h"
#include "prepare/prepare.h"
#include "report/counter_line.h"
#include "report/text.h"
#include "say.h"
#include "yaml/path_text.h"

namespace sr::app {
namespace {

/// "1 file", "1,234 files".
std::string count(std::size_t number, const std::string& noun) {
  return fmt::format("{} {}{}", grouped(static_cast<std::int64_t>(number)), noun,
                     number == 1 ? "" : "s");
}

void print_row(const char* name, const std::string& text) {
  say("  {:<10} {}\n", name, text);
}

std::string input_text(const PrepareResult& result) {
  if (result.videos == 0) {
    return count(result.images, "image");
  }
  const std::string images = result.images > 0 ? count(result.images, "image") + ", " : "";
  return fmt::format("{}{} ({} in all)", images, count(result.videos, "video"),
                     count(result.pictures, "picture"));
}

void print_summary(const PrepareResult& result, double seconds) {
  say("{}: {}\n", result.stopped ? "stopped" : "done", format_duration(seconds));
  print_row("input", input_text(result));
  print_row("written", fmt::format("{}, {}", count(result.files.written, "file"),
                                   format_bytes(static_cast<std::int64_t>(result.files.bytes))));
  if (result.files.kept > 0) {
    print_row("kept", count(result.files.kept, "file") + " of an earlier run");
  }
  if (result.cut > 0) {
    print_row("cut", fmt::format("{} into {}", count(result.cut, "picture"),
                                 count(result.sub_images, "sub-image")));
  }
  if (result.cropped > 0) {
    print_row("cropped", count(result.cropped, "picture") +
                             " by a few rows or columns, to multiples of the scale");
  }
  if (!result.problems.empty()) {
    print_row("unusable", count(result.problems.size(), "file") + ", named below");
  }
}

/// The lines to paste into a configuration, once for each scale.
void print_dataset(const PrepareSettings& settings, const PrepareResult& result) {
  const bool lr_only = settings.recipe.lr_only;
  const std::filesystem::path gt = lr_only ? settings.input : settings.output / "hr";
  const bool has_lr = result.folders.back().scale > 1;
  // Frames are images like any others, unless their GT stays in a video.
  const char* type = !has_lr                        ? "singlegtdataset"
                     : lr_only && result.videos > 0 ? "pairedvideodataset"
                                                    : "pairedimagedataset";
  say("for the configuration:\n");
  for (const SetFolder& folder : result.folders) {
    if (has_lr && folder.scale == 1) {
      continue;
    }
    if (has_lr) {
      say("  scale: {}\n", folder.scale);
    }
    say("  datasets:\n    train:\n      type: {}\n      dataroot_gt: {}\n", type,
        settings::path_setting(gt.string()));
    if (has_lr) {
      say("      dataroot_lq: {}\n",
          settings::path_setting((settings.output / folder.name).string()));
    }
  }
}

}  // namespace

ExitCode prepare(const PrepareOptions& options) {
  cv::setNumThreads(1);  // the threads are ours; OpenCV must not add its own
  const StopSignals signals;
  CounterLine looking("reading headers", options.verbosity);
  CounterLine writing("preparing pictures", options.verbosity);
  const auto begin = std::chrono::steady_clock::now();
  const PrepareResult result = sr::prepare(
      options.settings, {.looking = std::ref(looking), .writing = std::ref(writing), .stop = [&] {
                           return signals.requested().has_value();
                         }});
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  for (const std::string& warning : result.warnings) {
    say("warning: {}\n", warning);
  }
  if (options.verbosity != Verbosity::kQuiet) {
    print_summary(result, seconds.count());
  }
  if (result.stopped) {
    say("the same command goes on from here\n");
    return signals.requested().value_or(ExitCode::kInterrupted);
  }
  if (options.verbosity != Verbosity::kQuiet) {
    print_dataset(options.settings, result);
  }
  if (!result.problems.empty()) {
    std::fflush(stdout);
    throw DataError(fmt::format("{} could not be used:\n{}",
                                count(result.problems.size(), "input file"),
                                fmt::join(result.problems, "\n")));
  }
  return ExitCode::kDone;
}

}  // namespace sr::app
