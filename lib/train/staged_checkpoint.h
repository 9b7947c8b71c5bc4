#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/tensor_file.h"
#include "checkpoint/training_state.h"
#include "report/event.h"

namespace sr {

/// A weight file in host memory: weights by their key. A safetensors file has one kind, a .pth
/// both.
struct StagedFile {
  std::filesystem::path path;
  std::vector<std::pair<std::string, TensorFile>> groups;
  Metadata pth_metadata{};  ///< of the whole file; a safetensors file has its group's
};

/// net_g_best on its way to the disk.
class StagedBest {
 public:
  explicit StagedBest(StagedFile file) : file_(std::move(file)) {}

  /// Does nothing once it has succeeded. Throws StorageError.
  void write_once();

 private:
  StagedFile file_;  ///< empty once it is written
  bool written_ = false;
};

/// The files of one checkpoint in host memory.
struct StagedCheckpoint {
  std::shared_ptr<StagedBest> best;  ///< of this process, if there is one
  std::vector<StagedFile> weights;
  std::filesystem::path state_path;
  TrainingState state;
};

/// Puts them on the disk, the `.state` file last: it names the others with their checksums. Throws
/// StorageError.
CheckpointEvent write_files(StagedCheckpoint& staged);

}  // namespace sr
