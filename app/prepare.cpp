#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <opencv2/core/utility.hpp>
#include <string>

#include "add_command.h"
#include "command_line.h"
#include "core/signals.h"
#include "core/units.h"
#include "prepare/prepare.h"
#include "report/counter_line.h"
#include "report/text.h"
#include "say.h"
#include "yaml/path_text.h"

namespace sr::app {
namespace {

struct PrepareOptions {
  PrepareSettings settings;
  Verbosity verbosity = Verbosity::kNormal;
};

Filter filter_of(const std::string& name) {
  const auto filter = filter_named(name);
  if (!filter) {
    throw CLI::ValidationError("--filter", name + " is none of " + filter_names());
  }
  return *filter;
}

void add_recipe_options(CLI::App& command, Recipe& recipe) {
  auto* scale = repeatable(command.add_option(
                               "--scale,-s", recipe.scales,
                               "Make LR images too: 2, 3, 4 or 8; for more scales repeat it. GT "
                               "loses up to a few rows and columns at the right and bottom so that "
                               "it is LR x scale exactly"))
                    ->type_name("N");
  command
      .add_option_function<std::string>(
          "--filter", [&recipe](const std::string& name) { recipe.filter = filter_of(name); },
          "What GT is shrunk with, antialiased: " + filter_names() +
              ". bicubic gives MATLAB's imresize, as in the published sets")
      ->type_name("NAME")
      ->default_str("bicubic")
      ->needs(scale);
  command
      .add_option("--crop", recipe.crop,
                  "Cut large images into sub-images of N x N GT pixels, NAME_s001.png ..., which "
                  "decode faster than whole images; 480 is usual. Without it images stay whole")
      ->type_name("N");
  command
      .add_option("--step", recipe.step,
                  "GT pixels from one sub-image to the next; the default is half of --crop")
      ->type_name("N");
  command
      .add_option("--min-rest", recipe.min_rest,
                  "Add a sub-image aligned to the right or bottom edge when more than N pixels are "
                  "left there")
      ->type_name("N")
      ->capture_default_str();
  command.add_flag(
      "--lr-only", recipe.lr_only,
      "Write no GT: the files in --input are the GT to train with (useful for videos)");
  command
      .add_option(
          "--compression", recipe.compression,
          "Compression of the PNG files, 0 (none) to 9 (slow, small); the pixels are the same")
      ->type_name("N")
      ->capture_default_str();
}

void add_options(CLI::App& command, PrepareOptions& options) {
  PrepareSettings& settings = options.settings;
  command
      .add_option(
          "--input,-i", settings.input,
          "Images (png, jpg, webp, tif, bmp, ppm) and videos (mp4, mov, mkv, webm, avi), in "
          "folders of any depth; never changed")
      ->type_name("DIR")
      ->required();
  command
      .add_option(
          "--output,-o", settings.output,
          "Where the set is made: hr/, lr_x2/ ... with equal names, and prepare.json, which "
          "lets the same command go on after an interruption. Videos become folders of "
          "frames")
      ->type_name("DIR")
      ->required();
  add_recipe_options(command, settings.recipe);
  command.add_option("--threads", settings.threads, "The default is one per processor")
      ->type_name("N");
  command.add_flag("--overwrite", settings.overwrite,
                   "Make everything anew: files of an earlier run in --output are removed first, "
                   "and other files where they are in the way");
  add_quiet(command, options.verbosity, "Warnings and errors");
}

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

/// The folders that each make a data set: those of LR, or that of GT where there are none.
std::vector<SetFolder> sets_of(const PrepareResult& result) {
  std::vector<SetFolder> sets = result.folders;
  if (sets.back().scale > 1) {
    std::erase_if(sets, [](const SetFolder& folder) { return folder.scale == 1; });
  }
  return sets;
}

/// The commands that write a configuration, one for each scale; none for frames whose GT stays in
/// a video, which `init` does not know.
std::vector<std::string> next_commands(const PrepareSettings& settings,
                                       const PrepareResult& result) {
  const bool lr_only = settings.recipe.lr_only;
  std::vector<std::string> commands;
  if (lr_only && result.videos > 0) {
    return commands;
  }
  const std::vector<SetFolder> sets = sets_of(result);
  for (const SetFolder& folder : sets) {
    std::vector<std::string> words{"sr-train", "init"};
    if (lr_only) {
      words.insert(words.end(),
                   {settings.input.string(), "--lq", (settings.output / folder.name).string()});
    } else {
      words.push_back(settings.output.string());
    }
    if (sets.size() > 1) {
      words.insert(words.end(), {"--scale", std::to_string(folder.scale)});
    }
    commands.push_back(shell_text(words));
  }
  return commands;
}

/// What comes next: a command, or the lines to paste into a configuration, once for each scale.
void print_dataset(const PrepareSettings& settings, const PrepareResult& result) {
  const bool lr_only = settings.recipe.lr_only;
  const std::filesystem::path gt = lr_only ? settings.input : settings.output / kGtFolder;
  const bool has_lr = result.folders.back().scale > 1;
  // Frames are images like any others, unless their GT stays in a video.
  const char* type = !has_lr                        ? "singlegtdataset"
                     : lr_only && result.videos > 0 ? "pairedvideodataset"
                                                    : "pairedimagedataset";
  const std::vector<std::string> commands = next_commands(settings, result);
  if (!commands.empty()) {
    say("next:\n  {}\n", fmt::join(commands, "\n  "));
  }
  say("{}for a configuration of your own:\n", commands.empty() ? "" : "or ");
  for (const SetFolder& folder : sets_of(result)) {
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

ExitCode run_prepare(const PrepareOptions& options) {
  cv::setNumThreads(1);  // the threads are ours; OpenCV must not add its own
  const StopSignals signals;
  CounterLine looking("reading headers", options.verbosity);
  CounterLine writing("preparing pictures", options.verbosity);
  const auto begin = std::chrono::steady_clock::now();
  const PrepareResult result = prepare(
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

}  // namespace

void add_prepare(CLI::App& program, Task& task) {
  add_command<PrepareOptions>(
      program, task,
      {"prepare",
       "Make a training set out of a folder of images or videos: sub-images, LR, frames"},
      run_prepare, add_options);
}

}  // namespace sr::app
