#include "upscale/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/lower_case.h"
#include "core/path_status.h"
#include "data/file_list.h"
#include "data/left_out.h"
#include "data/profile_count.h"
#include "image/image.h"
#include "image/video.h"
#include "image/video_writer.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// What pictures of this format are written as.
PictureFormat written_as(const UpscaleSettings& settings, PictureFormat input) {
  if (settings.format) {
    return *settings.format;
  }
  const bool too_deep = settings.picture.bits == BitsMode::k16 && !holds_16_bits(input);
  return too_deep ? PictureFormat::kPng : input;
}

/// The input's own extension where it says what is written, else the format's.
std::string extension_for(const UpscaleJob& job) {
  return extension_holds(job.input, job.format, job.gray)
             ? job.input.extension().string()
             : std::string(extension_of(job.format, job.gray));
}

UpscaleJob picture_job(const UpscaleSettings& settings, const ImageFile& file) {
  UpscaleJob job{.input = file.path, .stem = file.stem, .video = false};
  ImageInfo info = probe_image(file.path);
  job.format = written_as(settings, picture_format(info.format));
  job.gray = info.gray();
  job.color_profile = std::move(info.color_profile);
  if (settings.output) {
    job.output = *settings.output / (file.stem + extension_for(job));
  }
  return job;
}

/// In a tree videos stay videos, in a container that can be written.
UpscaleJob video_job(const UpscaleSettings& settings, const ImageFile& file) {
  UpscaleJob job{.input = file.path, .stem = file.stem, .video = true};
  job.format = settings.format.value_or(PictureFormat::kPng);
  if (settings.output) {
    const std::string own = std::filesystem::path(file.path.name()).extension().string();
    job.output =
        *settings.output / (file.stem + (is_writable_video(file.path) ? own : std::string(".mp4")));
  }
  return job;
}

void check_folders(const UpscaleSettings& settings) {
  if (!settings.output) {
    return;
  }
  const fs::path input = real_path(settings.input);
  const fs::path output = real_path(*settings.output);
  if (is_folder(input) && is_within(output, input)) {
    throw ConfigError(
        fmt::format("--output: {} lies in --input {}, where it would be an input the "
                    "next time",
                    settings.output->string(), settings.input.string()));
  }
  if (settings.compare && output == real_path(settings.compare->gt)) {
    throw ConfigError(fmt::format("--output: {} is --compare, which is never written to",
                                  settings.output->string()));
  }
  if (is_folder(input) && is_there(output) && !is_folder(output)) {
    throw ConfigError(fmt::format("--output: {} is a file, but --input {} is a folder",
                                  settings.output->string(), settings.input.string()));
  }
}

/// For a format that the command line alone decides.
void require_quality_used(const UpscaleSettings& settings, PictureFormat format) {
  if (settings.quality != kDefaultQuality && !has_quality(format)) {
    throw ConfigError("--quality: has a meaning only for JPEG and WebP, and none is written");
  }
}

/// Options that say how pictures are written, where a video file is made of a video.
void refuse_picture_options(const UpscaleSettings& settings) {
  const auto require = [&](bool right, const char* option, const char* reason) {
    if (!right) {
      throw ConfigError(fmt::format("{}: --output {} is a video, which {}", option,
                                    settings.output->string(), reason));
    }
  };
  require(!settings.format, "--format", "is no picture");
  require(settings.quality == kDefaultQuality, "--quality", "is no JPEG or WebP");
  require(settings.picture.bits != BitsMode::k16, "--bits", "holds 8 bits");
}

/// True for the endings of images and videos that are known and not written.
bool is_unwritable_kind(const fs::path& file) {
  return is_unread_format(file.string()) || lower_extension(file.string()) == ".webm";
}

/// The output of a single input names a file by its extension.
void name_single_output(const UpscaleSettings& settings, UpscaleJob& job) {
  if (!settings.output || (is_folder(*settings.output) && !job.video)) {
    return;
  }
  const fs::path& output = *settings.output;
  if (is_unwritable_kind(output) && !is_folder(output)) {
    throw ConfigError(
        fmt::format("--output: {} is of a kind that is not written; name {}", output.string(),
                    job.video ? "a .mp4, .m4v, .mov, .mkv or .avi, or a folder for frames"
                              : "a .png, .jpg, .webp or .tif, or a folder"));
  }
  if (job.video) {
    if (settings.picture.alpha != AlphaMode::kNetwork) {
      throw ConfigError(
          fmt::format("--alpha: --input {} is a video, which has none", settings.input.string()));
    }
    job.frames = !is_writable_video(output) || is_folder(output);
    job.output = output;
    if (job.frames && format_of_extension(output) && !is_folder(output)) {
      throw ConfigError(fmt::format("--output: {} is an image, but --input {} is a video",
                                    output.string(), settings.input.string()));
    }
    if (job.frames) {
      require_quality_used(settings, job.format);
    } else {
      refuse_picture_options(settings);
    }
    return;
  }
  const std::optional<PictureFormat> named = format_of_extension(output);
  if (!named) {
    if (is_writable_video(output)) {
      throw ConfigError(fmt::format("--output: {} is a video, but --input {} is an image",
                                    output.string(), settings.input.string()));
    }
    return;  // a folder that is made
  }
  if (settings.format && *settings.format != *named) {
    throw ConfigError(
        fmt::format("--format: contradicts the name of --output {}", output.string()));
  }
  if (settings.picture.bits == BitsMode::k16 && !holds_16_bits(*named)) {
    throw ConfigError(fmt::format("--bits: {} cannot hold 16 bits; name a .png", output.string()));
  }
  if (!extension_holds(output, *named, job.gray)) {
    throw ConfigError(fmt::format("--output: {} cannot hold {}; name a {}", output.string(),
                                  job.gray ? "levels of gray" : "colours",
                                  extension_of(*named, job.gray)));
  }
  require_quality_used(settings, *named);
  job.format = *named;
  job.output = output;
}

UpscalePlan plan_single(const UpscaleSettings& settings) {
  const ImageFile file{settings.input.stem().string(), settings.input};
  const bool video = looks_like_video(settings.input);
  UpscalePlan plan;
  plan.jobs.push_back(video ? video_job(settings, file) : picture_job(settings, file));
  name_single_output(settings, plan.jobs.front());
  return plan;
}

UpscalePlan plan_tree(const UpscaleSettings& settings) {
  FileList list = list_all_images_and_videos(settings.input);
  UpscalePlan plan{.jobs = {}, .problems = std::move(list.problems), .notes = {}};
  if (!list.files.empty() && list.left_out.count() > 0) {  // else the problem says so
    plan.notes.push_back(fmt::format("{}: {}", settings.input.string(), list.left_out.text()));
  }
  for (const ImageFile& file : list.files) {
    try {
      plan.jobs.push_back(file.video ? video_job(settings, file) : picture_job(settings, file));
    } catch (const DataError& error) {
      plan.problems.emplace_back(error.what());
    }
  }
  return plan;
}

/// Which file it is, whatever its names; nothing where none is there.
using FileNumber = std::pair<dev_t, ino_t>;
std::optional<FileNumber> file_number(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return FileNumber{status.st_dev, status.st_ino};
}

std::map<FileNumber, fs::path> numbered_inputs(const std::vector<UpscaleJob>& jobs) {
  std::map<FileNumber, fs::path> inputs;
  for (const UpscaleJob& job : jobs) {
    if (const auto number = file_number(job.input)) {
      inputs.emplace(*number, job.input);
    }
  }
  return inputs;
}

/// Why this output must not be written; empty when it may.
std::string output_problem(const UpscaleJob& job, const std::map<FileNumber, fs::path>& inputs) {
  std::error_code error;
  if (fs::equivalent(job.output, job.input, error)) {
    return "would be written over itself";
  }
  const auto number = file_number(job.output);
  if (const auto input = number ? inputs.find(*number) : inputs.end(); input != inputs.end()) {
    return fmt::format("its output {} is the input {}", job.output.string(),
                       input->second.string());
  }
  const fs::file_status status = fs::status(job.output, error);
  const bool fits =
      !fs::exists(status) || (job.frames ? fs::is_directory(status) : fs::is_regular_file(status));
  return fits ? "" : fmt::format("its output {} is no regular file", job.output.string());
}

void check_outputs(UpscalePlan& plan) {
  const std::map<FileNumber, fs::path> inputs = numbered_inputs(plan.jobs);
  std::map<fs::path, fs::path> input_of;
  std::erase_if(plan.jobs, [&](const UpscaleJob& job) {
    if (job.output.empty()) {
      return false;
    }
    std::string problem = output_problem(job, inputs);
    const auto [other, is_new] = input_of.emplace(job.output, job.input);
    if (problem.empty() && !is_new) {
      problem = fmt::format("its output {} is that of {}", job.output.string(),
                            other->second.filename().string());
    }
    if (problem.empty()) {
      return false;
    }
    plan.problems.push_back(fmt::format("{}: {}", job.input.string(), problem));
    return true;
  });
}

/// Networks are trained on sRGB, and their outputs say what they are only where a profile is kept.
void note_profiles(UpscalePlan& plan) {
  ProfileCount profiles;
  for (const UpscaleJob& job : plan.jobs) {
    profiles.add(job.color_profile, job.input);
  }
  if (const std::string text = profiles.text(); !text.empty()) {
    plan.notes.push_back(text + "; an ICC profile is kept from and in PNG, JPEG and WebP only");
  }
}

}  // namespace

UpscalePlan plan_upscale(const UpscaleSettings& settings) {
  if (!is_there(settings.input)) {
    throw DataError(not_there(settings.input));
  }
  if (settings.format && settings.picture.bits == BitsMode::k16 &&
      !holds_16_bits(*settings.format)) {
    throw ConfigError("--bits: 16 needs --format png");
  }
  if (settings.format) {
    require_quality_used(settings, *settings.format);
  } else if (settings.picture.bits == BitsMode::k16) {
    require_quality_used(settings, PictureFormat::kPng);  // no format with a quality holds them
  }
  check_folders(settings);
  UpscalePlan plan = is_folder(settings.input) ? plan_tree(settings) : plan_single(settings);
  check_outputs(plan);
  note_profiles(plan);
  if (plan.jobs.empty()) {
    throw DataError(fmt::format("{}", fmt::join(plan.problems, "\n")));
  }
  return plan;
}

UpscalePlan plan_pairs(const std::vector<ImagePair>& pairs) {
  UpscalePlan plan;
  for (const ImagePair& pair : pairs) {
    plan.jobs.push_back({.input = pair.gt, .stem = pair.stem, .pair = pair});
  }
  return plan;
}

std::filesystem::path frame_file(const std::filesystem::path& folder, std::int64_t n,
                                 PictureFormat format) {
  return folder / fmt::format("{:08}{}", n + 1, extension_of(format));
}

}  // namespace sr
