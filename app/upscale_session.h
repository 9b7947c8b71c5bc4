#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "comparison.h"
#include "device/memory.h"
#include "device/numerics.h"
#include "device/step_threads.h"
#include "infer/engine.h"
#include "infer/load_model.h"
#include "inspect/run_record.h"
#include "upscale.h"
#include "upscale/resolver.h"

namespace sr::app {

/// Weights, ready to be used on a device.
class UpscaleSession {
 public:
  /// Opens the device and loads the model. `run`: that whose way to validate is followed when
  /// comparing. `stop`: true once the user asks for the end, even within a picture. Throws
  /// ConfigError, CheckpointError, the latter also for a network that takes neither images nor
  /// clips with a middle frame.
  UpscaleSession(const UpscaleOptions& options, const std::filesystem::path& model,
                 const std::optional<std::string>& key, const std::optional<RunRecord>& run,
                 std::function<bool()> stop);

  const LoadedModel& model() const { return model_; }
  at::Device device() const { return device_; }
  /// As app::compare_settings(), on this device.
  CompareSettings compare_settings(const UpscaleOptions& options, const Comparison& by) const;
  /// Refers to this session.
  Resolver resolver();
  /// What there is to say: smaller tiles, pictures that were computed again in fp32.
  std::vector<std::string> take_notes();

 private:
  InferenceOptions inference_options(const UpscaleOptions& options,
                                     const std::optional<RunRecord>& run) const;

  std::vector<std::string> notes_, recomputed_;
  at::Device device_;
  std::unique_ptr<DeviceMemory> memory_;
  LoadedModel model_;
  int frames_;
  std::unique_ptr<Engine> engine_;
  std::optional<StepThreads> threads_;  ///< on the CPU
  FirstChoiceOfAlgorithm algorithms_;
};

}  // namespace sr::app
