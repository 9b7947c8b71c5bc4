#include "train/staged_checkpoint.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>

#include "checkpoint/pth_writer.h"
#include "checkpoint/weights_file.h"
#include "core/checksum.h"

namespace sr {
namespace {

std::uint64_t write(const StagedFile& file) {
  if (file.path.extension() == ".safetensors") {
    return write_safetensors(file.path, file.groups.front().second);
  }
  std::vector<PthGroup> groups;
  for (const auto& [key, weights] : file.groups) {
    groups.push_back({key, weights.tensors});
  }
  return write_pth(file.path, groups, file.pth_metadata);
}

/// What the disk gives back is what counts.
std::string written_checksum(const std::filesystem::path& file) {
  try {
    return checksum_text(file_checksum(file));
  } catch (const CheckpointError& error) {
    throw StorageError(fmt::format("what was just written cannot be read back: {}", error.what()));
  }
}

}  // namespace

void StagedBest::write_once() {
  if (!written_) {
    write(file_);
    file_.groups.clear();
    written_ = true;
  }
}

CheckpointEvent write_files(StagedCheckpoint& staged) {
  const auto started = std::chrono::steady_clock::now();
  CheckpointEvent event;
  if (staged.best) {
    staged.best->write_once();  // its first try may have failed
  }
  for (const StagedFile& file : staged.weights) {
    event.bytes += write(file);
    staged.state.weights.push_back({file.path.filename().string(), written_checksum(file.path)});
  }
  event.bytes += write_training_state(staged.state_path, staged.state);
  event.path = staged.state_path.string();
  event.step = staged.state.step;
  event.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return event;
}

}  // namespace sr
