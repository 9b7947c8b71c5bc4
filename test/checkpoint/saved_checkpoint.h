#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <set>
#include <string>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/samples.h"
#include "checkpoint/training_state.h"
#include "core/checksum.h"
#include "support/files_below.h"
#include "support/temp_folder.h"

namespace sr::test {

/// A checkpoint as a run saves it: raw and EMA weights first, then the state that names them.
inline std::filesystem::path save_checkpoint(const ExperimentLayout& layout, std::int64_t step) {
  TrainingState state;
  state.step = step;
  state.document = nlohmann::ordered_json{{"cursor", {{"sample", step * 8}}}, {"best", 30.1 + 0.2}};
  state.tensors = {make_tensor("exp_avg.0", DType::kFloat32, {2, 3}, static_cast<int>(step)),
                   make_tensor("step", DType::kFloat32, {})};
  for (const bool ema : {false, true}) {
    const std::filesystem::path file = layout.weights_path(step, ema);
    write_safetensors(
        file,
        {{make_tensor("w", DType::kFloat32, {4}, static_cast<int>(step) + (ema ? 1 : 0))}, {}});
    state.weights.push_back({file.filename().string(), checksum_text(file_checksum(file))});
  }
  write_training_state(layout.state_path(step), state);
  return layout.state_path(step);
}

inline void overwrite(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

inline void damage(const std::filesystem::path& file) {
  std::string text = read_text(file);
  text.back() = static_cast<char>(text.back() ^ 1);
  overwrite(file, text);
}

inline std::set<std::string> checkpoint_files(std::initializer_list<int> steps) {
  std::set<std::string> names;
  for (const int step : steps) {
    const std::string text = std::to_string(step);
    names.insert({"models/net_g_" + text + ".safetensors",
                  "models/net_g_ema_" + text + ".safetensors",
                  "training_states/" + text + ".state"});
  }
  return names;
}

}  // namespace sr::test
