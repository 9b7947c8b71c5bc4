#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/run_files.h"

namespace sr {

enum class WeightsFormat { kSafetensors, kPth };

/// The names of files and folders below experiments/<name>. Names only: nothing is created or
/// looked up; the writers make the folders when they first need them.
class ExperimentLayout {
 public:
  explicit ExperimentLayout(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path config_path() const { return folder_ / run_files::kConfig; }
  std::filesystem::path events_path() const { return folder_ / run_files::kEvents; }
  std::filesystem::path models_folder() const { return folder_ / "models"; }
  std::filesystem::path states_folder() const { return folder_ / "training_states"; }

  /// models/net_g_<step>.safetensors, with `ema` models/net_g_ema_<step>.safetensors;
  /// models/net_g_<step>.pth, which holds both
  std::filesystem::path weights_path(std::int64_t step, bool ema,
                                     WeightsFormat format = WeightsFormat::kSafetensors) const;
  /// The same for net_d.
  std::filesystem::path discriminator_path(
      std::int64_t step, bool ema, WeightsFormat format = WeightsFormat::kSafetensors) const;
  /// models/net_g_best.safetensors or .pth
  std::filesystem::path best_path(WeightsFormat format = WeightsFormat::kSafetensors) const;
  /// training_states/<step>.state
  std::filesystem::path state_path(std::int64_t step) const;
  std::filesystem::path visualization_folder() const { return folder_ / run_files::kOutputs; }
  /// visualization/<dataset>/<image>_<step>.png; `image` is the stem, folders in it are kept. Of a
  /// stem that leaves no room for the rest (file systems take 255 bytes) the end is replaced by '~'
  /// and a checksum of the whole, so that names stay different.
  std::filesystem::path visualization_path(const std::string& dataset, const std::string& image,
                                           std::int64_t step) const;

 private:
  std::filesystem::path folder_;
};

/// The run's that a state belongs to: <folder> for <folder>/training_states/1000.state, also where
/// the path begins in one of these folders.
ExperimentLayout layout_of_state(const std::filesystem::path& state);

/// 1000 for "1000.state", in any folder; nothing for other names.
std::optional<std::int64_t> step_of_state(const std::filesystem::path& file);
/// The step of a picture <image>_<step>.png; nothing for other names.
std::optional<std::int64_t> step_of_picture(const std::filesystem::path& file);

/// 1000 for "net_g_1000.safetensors", "net_g_ema_1000.pth", "net_d_1000.safetensors"; nothing for
/// other names, net_g_best among them.
std::optional<std::int64_t> step_of_weights(const std::filesystem::path& file);

}  // namespace sr
