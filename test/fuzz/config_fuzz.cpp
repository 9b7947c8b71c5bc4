// Changed configurations: each is a file, and each of its lines a value of --set. They may only be
// read or refused, and what was read comes back the same from the resolved file.
//   fuzz_config --seconds 600 configs/*.yml

#include <array>
#include <cstdlib>

#include "config/resolved_text.h"
#include "core/error.h"
#include "fuzz/driver.h"
#include "resolve/load.h"
#include "support/temp_folder.h"

namespace sr::test {
namespace {

constexpr std::string_view kSmall = R"(name: run
scale: 2
manual_seed: 3
common: &c {use_hflip: false, lq_size: 24}
datasets:
  train:
    <<: *c
    type: pairedimagedataset
    dataroot_gt: [~/hr, $HOME/more]
    dataroot_lq: [lr, "lr\x32"]
    filename_tmpl: '{}x2'
  val: {name: v, type: singlegtdataset, dataroot_gt: v}
network_g: {type: compact, num_feat: 24}
network_d: {type: unetdiscriminatorsn}
path: {pretrain_network_g: a.pth, strict_load_g: no}
train:
  total_iter: 1_000
  optim_g: {type: AdamW, lr: !!float 1e-3, betas: [0.9, 0.99]}
  scheduler: {type: CosineAnnealingRestartLR, periods: [500, 600]}
  losses:
  - {type: l1loss}
  - {type: ganloss, loss_weight: 0.1}
val: {metrics: {psnr: {type: calculate_psnr, crop_border: 4}}}
training_automations: {DynamicBatchSizeOptimizer: {min_lq_size: 16}, early_stopping: {patience: 5}}
)";

constexpr std::array<std::string_view, 40> kWords{"&a ",        "*a",
                                                  "<<: ",       "- ",
                                                  "? ",         ": ",
                                                  "[",          "]",
                                                  "{",          "}",
                                                  ",",          "|\n",
                                                  ">-\n ",      "---\n",
                                                  "...\n",      "%YAML 1.2\n",
                                                  "%TAG ! x\n", "!!str ",
                                                  "! ",         "# ",
                                                  "~",          "null",
                                                  "${HOME",     "$$",
                                                  "\"\\u",      "\\x00",
                                                  "\t",         "\r\n",
                                                  "1e308",      "-1",
                                                  ".inf",       "0x7f",
                                                  "{}",         "lq_size: 8\n",
                                                  "val_1: ",    "gt_size: 64\n",
                                                  "type: ",     "\xEF\xBB\xBF",
                                                  "\xFF\xFE",   "\xE2\x80\xA8"};

bool same_after_writing(const Config& config, const TempFolder& folder) {
  return load_config(folder.write("resolved.yml", resolved_yaml(config)), {}).config == config;
}

}  // namespace

bool try_input(const std::string& bytes) {
  static const TempFolder folder;
  bool read = false;
  try {
    const LoadedConfig loaded = load_config(folder.write("x.yml", bytes), {});
    read = true;
    if (!same_after_writing(loaded.config, folder)) {
      std::abort();
    }
  } catch (const ConfigError&) {
    if (read) {
      throw;  // the resolved file is refused
    }
  }
  const std::size_t end = bytes.find('\n');
  const std::string line = bytes.substr(0, end);
  try {
    load_config(folder.write("small.yml", std::string(kSmall)),
                {line, "train.losses.1.x=" + line, "filename_tmpl=" + line});
  } catch (const ConfigError&) {
  }
  return read;
}

std::vector<std::string> built_in_samples() {
  return {std::string(kSmall), "train.losses.0.loss_weight=0.5\na: 1\n", ",", "{a: [b, {c: d}]}"};
}

std::span<const std::string_view> words_of_inputs() {
  return kWords;
}

}  // namespace sr::test
