#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "device/memory.h"
#include "inspect/run_record.h"
#include "upscale.h"
#include "upscale/upscale.h"

// What outputs are compared by: --compare, --checkpoints, --metric.

namespace sr::app {

struct Comparison {
  /// psnr and ssim first, under these names; then what else the model's run validates with, then
  /// what only --metric names.
  std::vector<MetricConfig> metrics;
  std::size_t best_by = 0;  ///< the one of `metrics` that says which weights are best
  /// Metrics of the run that are left out, because their files are gone.
  std::vector<std::string> notes;
};

/// As the options say, else as the run validates, else luma without a border of `scale` pixels.
/// Throws ConfigError for a --metric that there is not.
Comparison comparison(const UpscaleOptions& options, const std::optional<RunRecord>& run,
                      int scale);

/// Reads the files of the metrics; their networks compute on the device. Throws CheckpointError for
/// a file that cannot be used, DoesNotFitError.
CompareSettings compare_settings(const UpscaleOptions& options, const Comparison& comparison,
                                 at::Device device, DeviceMemory& memory);

/// "psnr: luma, 2 pixels of border left out; ssim: ..."
std::string ways_text(const Comparison& comparison);

enum class ScoreDigits {
  kShort,  ///< four behind the point: what anybody reads
  kAll,    ///< as events.jsonl has them, so that both can be compared to the bit
};

/// "psnr 30.2500 ssim 0.8750"; `-` where there is no score.
std::string scores_text(const Comparison& comparison, const PictureScore& score, ScoreDigits digits,
                        const std::string& between = " ");

}  // namespace sr::app
