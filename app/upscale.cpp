#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <opencv2/core/utility.hpp>

#include "comparison.h"
#include "core/printable_text.h"
#include "core/signals.h"
#include "core/units.h"
#include "device/heap.h"
#include "device/memory.h"
#include "report/counter_line.h"
#include "report/text.h"
#include "say.h"
#include "shared_options.h"
#include "upscale/upscale.h"
#include "upscale_session.h"

namespace sr::app {
namespace {

namespace fs = std::filesystem;

void print_scores(const Comparison& by, const std::vector<PictureScore>& scores) {
  for (const PictureScore& score : scores) {
    deliver("{} {}\n", printable_line(score.name), scores_text(by, score, ScoreDigits::kShort));
  }
  if (!scores.empty()) {
    deliver("mean {}\n", scores_text(by, mean_score(scores), ScoreDigits::kAll));
  }
}

void tell_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) {
    say("note: {}\n", printable_line(note));
  }
}

void print_summary(const UpscaleResult& result) {
  const double rate =
      result.seconds > 0 ? static_cast<double>(result.pictures) / result.seconds : 0;
  say("{}: {} pictures in {}, {:.2f}/s, computing {} of the time\n",
      result.stopped ? "stopped" : "done", result.pictures, format_duration(result.seconds), rate,
      percent_text(result.computing_seconds / std::max(result.seconds, 1e-9)));
  say("  written  {}\n", result.written);
  if (result.kept > 0) {
    say("  kept     {}\n", result.kept);
  }
}

/// Outputs of another model look like those of this one.
void warn_of_kept(std::size_t kept) {
  if (kept > 0) {
    say_error(
        fmt::format("warning: {} output{} there already and kept, perhaps made by another model; "
                    "--overwrite makes {} again\n",
                    kept, kept == 1 ? " was" : "s were", kept == 1 ? "it" : "them"));
  }
}

/// Options that say how pictures are written, or compared, have a meaning only where they are.
void check_purpose(const UpscaleOptions& options, std::vector<std::string>& problems) {
  const UpscaleSettings& settings = options.settings;
  const bool writes = settings.output.has_value();
  const bool compares = options.gt.has_value() || options.checkpoints.has_value();
  const auto require = [&](bool right, const char* option, const char* problem) {
    if (!right) {
      problems.push_back(fmt::format("{}: {}", option, problem));
    }
  };
  constexpr const char* kMeasured = "measures what --compare or --checkpoints compares";
  require(compares || options.metrics.empty(), "--metric", kMeasured);
  require(compares || !options.crop_border, "--crop-border", kMeasured);
  require(compares || !options.rgb, "--rgb", kMeasured);
  const char* const unwritten =
      options.checkpoints ? "--checkpoints only compares" : "nothing is written without --output";
  require(writes || !settings.overwrite, "--overwrite", unwritten);
  require(writes || !settings.format, "--format", unwritten);
  require(writes || settings.quality == kDefaultQuality, "--quality", unwritten);
  require(writes || settings.picture.bits == BitsMode::kSame, "--bits", unwritten);
  require(writes || settings.picture.alpha == AlphaMode::kNetwork, "--alpha", unwritten);
}

void check_options(const UpscaleOptions& options) {
  std::vector<std::string> problems;
  const auto require = [&](bool right, const char* problem) {
    if (!right) {
      problems.emplace_back(problem);
    }
  };
  const bool has_model = !options.model.empty();
  const bool has_input = !options.settings.input.empty();
  require(has_model != options.checkpoints.has_value(),
          "give either --model FILE or --checkpoints RUN_FOLDER");
  check_purpose(options, problems);
  if (options.checkpoints) {
    require(!options.settings.output, "--output: --checkpoints only compares");
    require(!options.param_key, "--param-key: --checkpoints compares all sets of every file");
    require(has_input == options.gt.has_value(),
            "--checkpoints: give both --input and --compare, or none of them");
  } else {
    require(has_input, "--input is required");
    require(options.settings.output != fs::path(), "--output names no file or folder");
    require(options.settings.output.has_value() || options.gt.has_value(),
            "--output is required, unless --compare is given");
    std::error_code not_there;
    require(!options.settings.output ||
                !fs::equivalent(*options.settings.output, options.model, not_there),
            "--output is --model, which is never written to");
  }
  if (!problems.empty()) {
    throw ConfigError(
        fmt::format("command line: {} (see sr-train upscale --help)", fmt::join(problems, "; ")));
  }
}

ExitCode upscale_with_model(const UpscaleOptions& options) {
  require_sets_to_choose(options.param_key, {options.model});
  const StopSignals signals;
  const std::optional<fs::path> folder = run_folder_of(options.model);
  const std::optional<RunRecord> run = folder ? read_run_record(*folder) : std::nullopt;
  const auto stop = [&] { return signals.requested().has_value(); };
  UpscaleSession session(options, options.model, options.param_key, run, stop);
  UpscaleSettings settings = options.settings;
  const IdentifiedNetwork& network = session.model().identified;
  Comparison by;
  if (options.gt) {
    by = comparison(options, run, network.scale);
    settings.compare = session.compare_settings(options, by);
    tell_notes(by.notes);
  }
  const UpscalePlan plan = plan_upscale(settings);
  const bool quiet = options.verbosity == Verbosity::kQuiet;
  if (!quiet) {
    say("{} x{} on {}\n", network.architecture, network.scale, device_name(session.device()));
  }
  CounterLine line("upscaling", options.verbosity, CounterLine::Detail::kRate);
  const UpscaleResult result =
      upscale(settings, plan, session.resolver(), {.progress = std::ref(line), .stop = stop});
  tell_notes(session.take_notes());
  tell_notes(result.notes);
  if (!quiet) {
    print_summary(result);
  }
  if (settings.compare && !quiet) {
    say("{}\n", ways_text(by));
  }
  print_scores(by, result.scores);  // last: scripts take the mean from the end
  warn_of_kept(result.kept);
  if (result.stopped) {
    const bool videos = std::ranges::any_of(plan.jobs, &UpscaleJob::makes_video_file);
    say("the same command goes on from here{}\n",
        videos ? "; a video file that was not finished begins anew, the frames of a video in a "
                 "folder are kept"
               : "");
    return signals.requested().value_or(ExitCode::kInterrupted);
  }
  if (!result.problems.empty()) {
    throw_problems_with_inputs(result.problems);
  }
  return ExitCode::kDone;
}

}  // namespace

void throw_problems_with_inputs(const std::vector<std::string>& problems) {
  throw DataError(fmt::format("{} problem{} with the inputs:\n{}", problems.size(),
                              problems.size() == 1 ? "" : "s", fmt::join(problems, "\n")));
}

ExitCode upscale(const UpscaleOptions& options) {
  check_options(options);
  install_cpu_allocator();
  give_back_large_blocks();
  cv::setNumThreads(1);  // the threads are ours; OpenCV must not add its own
  return options.checkpoints ? compare_checkpoints(options) : upscale_with_model(options);
}

}  // namespace sr::app
