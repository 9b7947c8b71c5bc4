#include "prepare/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "core/error.h"
#include "core/parallel.h"
#include "core/path_status.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxThreads = 1024;

class Problems {
 public:
  void require(bool holds, const std::string& problem) {
    if (!holds) {
      text_ += (text_.empty() ? "" : "\n") + problem;
    }
  }
  void raise() const {
    if (!text_.empty()) {
      throw ConfigError(text_);
    }
  }

 private:
  std::string text_;
};

void check_folders(const PrepareSettings& settings, Problems& problems) {
  problems.require(!settings.input.empty(), "--input: needs a folder of images or videos");
  problems.require(!settings.output.empty(), "--output: needs a folder for the prepared set");
  if (settings.input.empty() || settings.output.empty()) {
    return;
  }
  const fs::path input = real_path(settings.input);
  const fs::path output = real_path(settings.output);
  problems.require(
      !is_within(output, input) && !is_within(input, output),
      fmt::format("--output: {} and --input {} must not lie one inside the other, or the next run "
                  "would take what this one made for input",
                  settings.output.string(), settings.input.string()));
}

void check_scales(const Recipe& recipe, Problems& problems) {
  for (const int scale : recipe.scales) {
    problems.require(is_scale(scale),
                     fmt::format("--scale: {} is none of {}", scale, fmt::join(kScales, ", ")));
  }
  problems.require(!recipe.lr_only || !recipe.scales.empty(),
                   "--lr-only: needs a --scale, or nothing would be written");
  problems.require(!recipe.lr_only || recipe.crop == 0,
                   "--lr-only: cannot go with --crop, the GT of the sub-images would be missing");
}

/// Names the multiples on either side, so that the next try succeeds.
void require_multiple(const char* option, int value, const std::vector<int>& scales,
                      Problems& problems) {
  const int unit = alignment(scales);
  const int below = value / unit * unit;
  const std::string nearest =
      below > 0 ? fmt::format("{} or {}", below, below + unit) : fmt::format("{}", below + unit);
  problems.require(value % unit == 0,
                   fmt::format("{}: {} is no multiple of {}, which LR sub-images x{} need to line "
                               "up with GT; take {}",
                               option, value, unit, fmt::join(scales, ", x"), nearest));
}

void check_crop(const Recipe& recipe, Problems& problems) {
  if (recipe.crop == 0) {
    problems.require(recipe.step == 0, "--step: has a meaning only with --crop");
    problems.require(recipe.min_rest == 0, "--min-rest: has a meaning only with --crop");
    return;
  }
  problems.require(recipe.crop >= 1 && recipe.crop <= kMaxCrop,
                   fmt::format("--crop: {} is not within 1 to {}", recipe.crop, kMaxCrop));
  problems.require(recipe.step >= 0 && recipe.step <= kMaxCrop,
                   fmt::format("--step: {} is not within 1 to {}", recipe.step, kMaxCrop));
  problems.require(recipe.min_rest >= 0 && recipe.min_rest <= kMaxCrop,
                   fmt::format("--min-rest: {} is not within 0 to {}", recipe.min_rest, kMaxCrop));
  require_multiple("--crop", recipe.crop, recipe.scales, problems);
  require_multiple("--step", recipe.step, recipe.scales, problems);
}

}  // namespace

bool is_scale(int scale) {
  return std::ranges::find(kScales, scale) != kScales.end();
}

std::string lr_folder(int scale) {
  return fmt::format("lr_x{}", scale);
}

int alignment(const std::vector<int>& scales) {
  return std::accumulate(scales.begin(), scales.end(), 1, [](int a, int b) {
    return is_scale(b) ? std::lcm(a, b) : a;  // others are reported, not computed with
  });
}

std::string to_text(const Recipe& recipe) {
  std::string text;
  if (recipe.crop > 0) {
    text =
        fmt::format("crop {}, step {}, min-rest {}, ", recipe.crop, recipe.step, recipe.min_rest);
  }
  if (!recipe.scales.empty()) {
    text += fmt::format("scale {}, filter {}, ", fmt::join(recipe.scales, " and "),
                        name_of(recipe.filter));
  }
  return fmt::format("{}compression {}{}", text, recipe.compression,
                     recipe.lr_only ? ", lr-only" : "");
}

PrepareSettings checked(PrepareSettings settings) {
  Recipe& recipe = settings.recipe;
  std::sort(recipe.scales.begin(), recipe.scales.end());
  recipe.scales.erase(std::unique(recipe.scales.begin(), recipe.scales.end()), recipe.scales.end());
  Problems problems;
  check_folders(settings, problems);
  check_scales(recipe, problems);
  problems.require(recipe.compression >= 0 && recipe.compression <= 9,
                   fmt::format("--compression: {} is not within 0 to 9", recipe.compression));
  problems.require(
      settings.threads >= 0 && settings.threads <= kMaxThreads,
      fmt::format("--threads: {} is not within 1 to {}", settings.threads, kMaxThreads));
  check_crop(recipe, problems);
  problems.raise();
  if (recipe.crop > 0 && recipe.step == 0) {
    const int unit = alignment(recipe.scales);
    recipe.step = std::max((recipe.crop / 2 + unit - 1) / unit, 1) * unit;
  }
  if (recipe.scales.empty()) {
    recipe.filter = Filter::kBicubic;  // nothing is resized: any filter is the same recipe
  }
  if (settings.threads == 0) {
    settings.threads = useful_threads();
  }
  return settings;
}

}  // namespace sr
