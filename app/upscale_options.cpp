#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "add_command.h"
#include "upscale.h"

namespace sr::app {
namespace {

template <typename T>
using Words = std::map<std::string, T>;

/// An option that takes one of a few words.
template <typename T, typename Set>
void add_choice(CLI::App& command, const std::string& name, const Words<T>& words, Set set,
                const std::string& help) {
  std::string list;
  for (const auto& [word, value] : words) {
    list += (list.empty() ? "" : "|") + word;
  }
  command
      .add_option_function<std::string>(
          name,
          [=](const std::string& word) {
            const auto found = words.find(word);
            if (found == words.end()) {
              throw CLI::ValidationError(name, word + " is none of " + list);
            }
            set(found->second);
          },
          help)
      ->type_name(list);
}

void add_files(CLI::App& command, UpscaleOptions& options) {
  command
      .add_option("--model,-m", options.model,
                  "Weights (.safetensors, .pth): the file alone decides network and scale")
      ->type_name("FILE");
  command
      .add_option(
          "--param-key", options.param_key,
          "Which set of a .pth that holds several: params, params_ema ...; without it params_ema, "
          "else params")
      ->type_name("KEY");
  add_network_file(command, options.network);
  command
      .add_option("--input,-i", options.settings.input,
                  "An image, a video, or a folder of them of any depth; never changed")
      ->type_name("PATH");
  command
      .add_option("--output,-o", options.settings.output,
                  "The file or the folder to make. A video becomes frames when this does not end "
                  "like a video. Files that exist are kept, unless --overwrite is given")
      ->type_name("PATH");
  command.add_flag("--overwrite", options.settings.overwrite, "Replace outputs that exist");
}

void add_picture(CLI::App& command, UpscaleOptions& options) {
  PictureSettings& picture = options.settings.picture;
  add_choice<BitsMode>(
      command, "--bits", {{"same", BitsMode::kSame}, {"8", BitsMode::k8}, {"16", BitsMode::k16}},
      [&picture](BitsMode bits) { picture.bits = bits; },
      "Bits of a sample in the output; 16 makes PNG files of those that cannot hold them [same]");
  add_choice<AlphaMode>(
      command, "--alpha",
      {{"network", AlphaMode::kNetwork},
       {"bicubic", AlphaMode::kBicubic},
       {"drop", AlphaMode::kDrop}},
      [&picture](AlphaMode alpha) { picture.alpha = alpha; },
      "How transparency is scaled up [network]");
  add_choice<std::optional<PictureFormat>>(
      command, "--format",
      {{"same", std::nullopt},
       {"png", PictureFormat::kPng},
       {"jpg", PictureFormat::kJpeg},
       {"webp", PictureFormat::kWebp}},
      [&options](std::optional<PictureFormat> format) { options.settings.format = format; },
      "Format of the pictures that are written [same]");
  command
      .add_option("--quality", options.settings.quality,
                  "Quality of JPEG and WebP, 1 to 100; 100 makes WebP lossless")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command
      .add_option("--outscale", picture.outscale,
                  "Sides of the output / input; the network's output is resized (Lanczos)")
      ->type_name("F")
      ->check(CLI::Range(0.01, 64.0))
      ->check(CLI::Validator(
          [](const std::string& text) {  // a range lets NaN pass
            return text.find_first_of("nN") == std::string::npos ? "" : text + " is no number";
          },
          ""));
  command.add_flag("--tta", options.tta,
                   "Mean over the 8 flips and turns of the image: a little better, 8 times slower");
}

void add_computing(CLI::App& command, UpscaleOptions& options) {
  command
      .add_option("--tile", options.tile,
                  "Cut images into tiles of at most N x N pixels; without it only when memory "
                  "runs out. Tiles overlap by what most networks see, so no seam is left")
      ->type_name("N")
      ->check(CLI::Range(8, 1 << 20));
  add_choice<DType>(
      command, "--dtype",
      {{"auto", DType::kAuto},
       {"fp32", DType::kFp32},
       {"bf16", DType::kBf16},
       {"fp16", DType::kFp16}},
      [&options](DType dtype) { options.dtype = dtype; },
      "Precision of the network; auto: fp16 on a GPU where the network allows it, "
      "else fp32; what is not finite is computed again in fp32 [auto]");
  add_device(command, options.device);
  command
      .add_option("--memory-limit", options.memory_limit,
                  "Behave as if the device had only this much, e.g. 4GiB")
      ->type_name("SIZE");
}

void add_comparing(CLI::App& command, UpscaleOptions& options) {
  command
      .add_option(
          "--compare", options.gt,
          "Ground truth: an image, or a folder with images of the inputs' names. PSNR, "
          "SSIM and what --metric names of each and their means are printed; --output may be "
          "left out")
      ->type_name("PATH");
  command
      .add_option("--checkpoints", options.checkpoints,
                  "A run's folder (experiments/NAME), instead of --model: compares all of its "
                  "weights and lists them, best first by val.best_by of the run. Without --input "
                  "and --compare on the run's "
                  "first validation set")
      ->type_name("FOLDER");
  repeatable(command.add_option(
                 "--metric", options.metrics,
                 "Compares by another metric too, with its file: lpips=FILE, dists=FILE, "
                 "topiq=FILE, topiq_nr=FILE, niqe=FILE; lpips-vgg and lpips-squeeze look through "
                 "other networks. May be given several times. What the model's run validates with "
                 "is there without it"))
      ->type_name("NAME=FILE");
  command
      .add_option("--crop-border", options.crop_border,
                  "Pixels left out on each side when comparing; without it what the model's run "
                  "validates with, else the scale")
      ->type_name("N")
      ->check(CLI::Range(0, 4096));
  command.add_flag("--rgb", options.rgb,
                   "Compare R, G and B; without it what the model's run does, else luma (Y)");
}

void add_options(CLI::App& command, UpscaleOptions& options) {
  add_files(command, options);
  add_picture(command, options);
  add_computing(command, options);
  add_comparing(command, options);
  add_quiet(command, options.verbosity, "Scores, warnings and errors");
}

}  // namespace

void add_upscale(CLI::App& program, Task& task) {
  add_command<UpscaleOptions>(
      program, task,
      {"upscale",
       "Run a network over images, folders of them and videos; compare with ground truth"},
      upscale, add_options);
}

}  // namespace sr::app
