#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/experiment_folder.h"
#include "config/config.h"
#include "device/memory.h"
#include "dist/ranks.h"
#include "nn/network.h"
#include "report/reporter.h"
#include "train/resume.h"

namespace sr {

/// What a user should hear before the first step.
struct Remarks {
  std::vector<std::string> notices, warnings;

  void warn(const std::vector<std::string>& more) {
    warnings.insert(warnings.end(), more.begin(), more.end());
  }
};

/// A run about to begin.
struct Beginning {
  const Config& config;
  c10::Device device;
  DeviceMemory& memory;
  const Network& generator;
  const ExperimentFolder& folder;
  const ResumePoint& point;  ///< what it goes on from
  const Ranks& ranks;
};

/// Reports the start of a run at `step`: what it trains and where, and all remarks.
void announce(Report& report, std::int64_t step, const Beginning& run, const Remarks& remarks);

}  // namespace sr
