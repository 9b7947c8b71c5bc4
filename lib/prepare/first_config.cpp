#include "prepare/first_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "config/names.h"
#include "core/error.h"
#include "core/path_status.h"
#include "core/utf8.h"
#include "data/file_list.h"
#include "data/pairs.h"
#include "image/image.h"
#include "prepare/settings.h"
#include "yaml/path_text.h"
#include "yaml/write_yaml.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

constexpr int kUsualLqSize = 64;
/// Sizes of crops are multiples of this: every network here takes them without padding.
constexpr int kLqSizeStep = 8;
constexpr std::size_t kImagesForEachValidation = 20;
constexpr std::size_t kMostValidation = 16;

/// Where the images are.
struct Roots {
  fs::path gt;
  fs::path lq;  ///< empty: LQ is made from GT
};

/// The input, or the folders of a set that `prepare` made there.
Roots find_roots(const FirstConfigSettings& settings) {
  Roots roots{settings.input, settings.lq};
  if (!roots.lq.empty() || !is_folder(settings.input / kGtFolder)) {
    return roots;
  }
  std::vector<fs::path> found;
  for (const int scale : kScales) {
    const fs::path folder = settings.input / lr_folder(scale);
    if (is_folder(folder) && (settings.scale == 0 || settings.scale == scale)) {
      found.push_back(folder);
    }
  }
  if (found.size() > 1) {
    throw ConfigError(
        fmt::format("{}: holds several scales: choose one with --scale", settings.input.string()));
  }
  roots.gt = settings.input / kGtFolder;
  if (found.size() == 1) {
    roots.lq = found.front();
  }
  return roots;
}

/// GT sides / LQ sides of the first two images of one name; nothing when no names are equal.
std::optional<int> scale_of(const Roots& roots) {
  const FileList lq = list_images(roots.lq);
  std::map<std::string, fs::path> by_stem;
  for (const ImageFile& file : lq.files) {
    by_stem.emplace(file.stem, file.path);
  }
  for (const ImageFile& file : list_images(roots.gt).files) {
    const auto partner = by_stem.find(file.stem);
    if (partner == by_stem.end()) {
      continue;
    }
    const ImageInfo large = probe_image(file.path);
    const ImageInfo small = probe_image(partner->second);
    const int scale = large.width / small.width;
    const bool legal = scale == 1 || is_scale(scale);
    if (!legal || large.height / small.height != scale) {
      throw ConfigError(fmt::format(
          "{} has {} x {} pixels and {} {} x {}: these are not 1, 2, 3, 4 or 8 times as many a "
          "side; if the first ones are exceptions, say --scale",
          file.path.string(), large.width, large.height, partner->second.string(), small.width,
          small.height));
    }
    return scale;
  }
  return std::nullopt;
}

int find_scale(const FirstConfigSettings& settings, const Roots& roots) {
  constexpr int kUsualScale = 2;
  if (settings.scale != 0) {
    if (settings.scale != 1 && !is_scale(settings.scale)) {
      throw ConfigError(fmt::format("--scale {}: 1, 2, 3, 4 or 8", settings.scale));
    }
    return settings.scale;
  }
  return roots.lq.empty() ? kUsualScale : scale_of(roots).value_or(kUsualScale);
}

/// "photos" of "photos/hr/" and of "photos".
std::string subject(const Roots& roots) {
  const fs::path path = normal_path(roots.gt);
  const bool role = path.filename() == kGtFolder || path.filename() == "gt";
  return (role ? path.parent_path() : path).filename().string();
}

/// --name, else the scale and the folder as far as a run can be called so.
std::string name_of_run(const FirstConfigSettings& settings, const Roots& roots, int scale) {
  if (!settings.name.empty() && !settings::names_folder(settings.name)) {
    throw ConfigError(fmt::format(
        "--name: '{}' cannot be the name of a folder: at most 200 bytes of printable UTF-8, no '/'",
        settings.name));
  }
  const std::string own = fmt::format("{}x_{}", scale, subject(roots));
  return !settings.name.empty()        ? settings.name
         : settings::names_folder(own) ? own
                                       : fmt::format("{}x", scale);
}

/// A configuration is UTF-8, and so are the paths in it.
void require_utf8(const char* option, const fs::path& path) {
  if (first_not_utf8(path.native()) < path.native().size()) {
    throw ConfigError(fmt::format(
        "{}: {} is not UTF-8, which a configuration cannot hold; rename it, or name a link to it",
        option, path.string()));
  }
}

/// Numbers of the images that are set apart: the middle ones of equal parts of the list.
std::vector<std::size_t> validation_images(std::size_t images) {
  if (images < 2) {
    return {};
  }
  const std::size_t parts =
      std::clamp<std::size_t>(images / kImagesForEachValidation, 1, kMostValidation);
  std::vector<std::size_t> chosen;
  for (std::size_t part = 0; part < parts; ++part) {
    chosen.push_back((2 * part + 1) * images / (2 * parts));
  }
  return chosen;
}

/// A line of a list of images; nothing for a name that no line can hold.
std::optional<std::string> list_line(const ImagePair& pair, const fs::path& root) {
  std::string line = fs::path(pair.gt).lexically_relative(root).generic_string();
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  const bool holdable = !line.empty() && line.find_first_of("\r\n") == std::string::npos &&
                        !blank(line.front()) && !blank(line.back());
  return holdable ? std::optional(line + "\n") : std::nullopt;
}

std::vector<std::string> list_lines(const std::vector<ImagePair>& pairs, const fs::path& root) {
  std::vector<std::string> lines;
  for (const ImagePair& pair : pairs) {
    if (std::optional<std::string> line = list_line(pair, root)) {
      lines.push_back(std::move(*line));
    }
  }
  return lines;
}

/// The two lists of images.
struct Lists {
  std::string training, validation;
};

Lists split(const std::vector<std::string>& lines, const std::vector<std::size_t>& chosen) {
  Lists lists;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool apart = std::binary_search(chosen.begin(), chosen.end(), i);
    (apart ? lists.validation : lists.training) += lines[i];
  }
  return lists;
}

std::string yaml(const fs::path& path) {
  return settings::to_flow(settings::text_node(path.string()));
}

/// A data set's lines below its key.
std::string dataset_lines(const Roots& roots, const fs::path& list) {
  std::string lines = fmt::format("    type: {}\n    dataroot_gt: {}\n",
                                  roots.lq.empty() ? "singlegtdataset" : "pairedimagedataset",
                                  settings::path_setting(roots.gt.string()));
  if (!roots.lq.empty()) {
    lines += fmt::format("    dataroot_lq: {}\n", settings::path_setting(roots.lq.string()));
  } else {
    lines +=
        "    # LQ is GT shrunk by MATLAB's bicubic. For photographs that are blurred, noisy or "
        "compressed, see\n    # docs/degradation.md (type: realesrgandataset).\n";
  }
  return list.empty()
             ? lines
             : lines + fmt::format("    meta_info: {}\n", settings::path_setting(list.string()));
}

/// What was found, and where it goes.
struct Plan {
  Roots roots;
  fs::path training_list, validation_list;  ///< empty without validation
};

std::string head_text(const FirstConfig& first, const FirstConfigSettings& settings) {
  return fmt::format(
      "# Made by `sr-train init` for {} images. Every setting: docs/configuration.md.\n"
      "#   sr-train check --config {}    looks at every setting and every file\n"
      "#   sr-train --config {}          trains; with --auto-resume it goes on where it was\n"
      "name: {}\nscale: {}\n"
      "# use_amp: true    # 16-bit arithmetic: on a GPU less memory and more speed\n"
      "# amp_bf16: true\n\n",
      first.training + first.validation, yaml(settings.output), yaml(settings.output),
      settings::to_flow(settings::text_node(first.name)), first.scale);
}

std::string datasets_text(const FirstConfig& first, const Plan& plan) {
  std::string text = fmt::format(
      "datasets:\n  train:\n{}"
      "    lq_size: {}            # side of the LQ crops; GT crops are {} x {}\n"
      "    batch_size_per_gpu: 8\n",
      dataset_lines(plan.roots, plan.training_list), first.lq_size, first.lq_size * first.scale,
      first.lq_size * first.scale);
  if (first.validation > 0) {
    text += "  val:                     # images that training does not see\n" +
            dataset_lines(plan.roots, plan.validation_list);
  }
  return text + "\n";
}

std::string training_text(const FirstConfig& first, const std::string& network) {
  std::string text = fmt::format(
      "network_g: {{type: {}}}  # others: docs/networks.md\n\n"
      "train:\n"
      "  total_iter: 100000\n"
      "  optim_g: {{type: AdamW, lr: 5e-4, weight_decay: 0, betas: [0.9, 0.99]}}\n"
      "  scheduler: {{type: MultiStepLR, milestones: [50000, 75000, 90000], gamma: 0.5}}\n"
      "  losses:\n"
      "    - {{type: charbonnierloss, loss_weight: 1.0}}\n\n",
      network);
  if (first.validation > 0) {
    text +=
        "val:\n"
        "  val_freq: 1000\n"
        "  metrics:\n"
        "    psnr: {type: calculate_psnr, test_y_channel: true}\n"
        "    ssim: {type: calculate_ssim, test_y_channel: true}\n\n";
  }
  return text +
         "logger: {print_freq: 100, save_checkpoint_freq: 1000}\n\n"
         "# Grows lq_size, then the batch, until the device's memory is used to 85 %:\n"
         "# docs/memory_control.md.\n"
         "training_automations:\n"
         "  enabled: false\n"
         "  DynamicBatchSizeOptimizer: {enabled: true, target_vram_usage: 0.85}\n";
}

PairList list(const Roots& roots, int scale) {
  DatasetConfig set;
  set.key = set.name = "train";
  set.type = roots.lq.empty() ? "singlegtdataset" : "pairedimagedataset";
  set.dataroot_gt = {roots.gt.string()};
  if (!roots.lq.empty()) {
    set.dataroot_lq = {roots.lq.string()};
  }
  set.lq_size = 1;
  return list_pairs(set, scale);
}

}  // namespace

FirstConfig first_config(const FirstConfigSettings& asked) {
  FirstConfigSettings settings = asked;
  require_utf8("--input", settings.input);
  require_utf8("--lq", settings.lq);
  require_utf8("--output", settings.output);
  Plan plan{.roots = find_roots(settings), .training_list = {}, .validation_list = {}};
  FirstConfig first;
  first.scale = find_scale(settings, plan.roots);
  PairList found = list(plan.roots, first.scale);
  first.warnings = std::move(found.warnings);
  first.name = name_of_run(settings, plan.roots, first.scale);
  if (settings.output.empty()) {
    settings.output = first.name + ".yml";
  }
  first.lq_size =
      std::min(kUsualLqSize, largest_lq_size(found.pairs, SmallImages::kPad, kLqSizeStep));
  const std::vector<std::string> lines = list_lines(found.pairs, plan.roots.gt);
  const std::vector<std::size_t> chosen = validation_images(lines.size());
  first.validation = chosen.size();
  first.training = (chosen.empty() ? found.pairs.size() : lines.size()) - chosen.size();
  if (!chosen.empty()) {
    const Lists lists = split(lines, chosen);
    if (lines.size() < found.pairs.size()) {
      first.warnings.push_back(
          fmt::format("{} images have names that a list cannot hold (line breaks, blanks at an "
                      "end): they are left out",
                      found.pairs.size() - lines.size()));
    }
    const fs::path stem = settings.output.parent_path() / settings.output.stem();
    plan.training_list = stem.string() + "_train.txt";
    plan.validation_list = stem.string() + "_val.txt";
    first.files = {{plan.training_list, lists.training}, {plan.validation_list, lists.validation}};
  }
  first.files.push_back({settings.output, head_text(first, settings) + datasets_text(first, plan) +
                                              training_text(first, settings.network)});
  return first;
}

}  // namespace sr
