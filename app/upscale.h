#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "report/reporter.h"
#include "upscale/settings.h"

namespace sr::app {

enum class DType { kAuto, kFp32, kBf16, kFp16 };

struct UpscaleOptions {
  std::filesystem::path model;
  std::optional<std::string> param_key;
  std::filesystem::path network;  ///< TorchScript file that the weights are of; empty: none
  UpscaleSettings settings;
  std::optional<std::filesystem::path> gt;           ///< --compare
  std::optional<std::filesystem::path> checkpoints;  ///< a run's folder
  std::vector<std::string> metrics;                  ///< --metric: NAME=FILE
  std::optional<int> crop_border;
  bool rgb = false;  ///< compare R, G and B, not luma
  int tile = 0;
  bool tta = false;
  DType dtype = DType::kAuto;
  std::string device = "auto";
  std::optional<std::string> memory_limit;
  Verbosity verbosity = Verbosity::kNormal;
};

ExitCode upscale(const UpscaleOptions& options);
/// With --checkpoints.
ExitCode compare_checkpoints(UpscaleOptions options);
/// Throws the DataError that lists them.
[[noreturn]] void throw_problems_with_inputs(const std::vector<std::string>& problems);

}  // namespace sr::app
