#pragma once

// A run on files of its own, small enough to be trained in a test. Include after the LibTorch
// headers.

#include <cstdlib>
#include <string>

#include "data/test_images.h"
#include "support/temp_folder.h"
#include "train/toy_run.h"

namespace sr::test {

/// The probe cache of this program's user is left alone while this lives.
class OwnCache {
 public:
  explicit OwnCache(const TempFolder& folder) {
    if (const char* value = std::getenv("XDG_CACHE_HOME")) {
      before_ = value;
    }
    ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), /*overwrite=*/1);
  }
  ~OwnCache() {
    if (before_.empty()) {
      ::unsetenv("XDG_CACHE_HOME");
    } else {
      ::setenv("XDG_CACHE_HOME", before_.c_str(), /*overwrite=*/1);
    }
  }
  OwnCache(const OwnCache&) = delete;
  OwnCache& operator=(const OwnCache&) = delete;

 private:
  std::string before_;
};

/// Four images to train on, two to validate, and where runs on them leave their folder.
struct SmallFiles {
  TempFolder folder, validation_folder;
  OwnCache cache{folder};
  CodedSet training{folder, {{24, 24}, {20, 28}, {32, 16}, {16, 16}}, 2};
  CodedSet validation{validation_folder, {{16, 16}, {20, 12}}, 2};

  /// Three steps with a state and a validation at the end.
  Config config(std::int64_t steps = 3) const {
    Config config = small_config();
    config.name = "run";
    config.path.experiments_root = (folder / "experiments").string();
    config.train_set = training.config;
    config.train_set.lq_size = 8;
    config.train_set.batch_size_per_gpu = 2;
    config.train_set.num_worker_per_gpu = 1;
    config.val_sets = {validation.config};
    config.val_sets.front().key = config.val_sets.front().name = "val";
    config.val.metrics = {{"psnr", "calculate_psnr", 0, false, true}};
    config.val.best_by = "psnr";
    config.val.val_freq = 3;
    config.val.save_img = false;
    config.logger.save_checkpoint_freq = 3;
    config.logger.print_freq = 1;
    config.logger.use_tb_logger = false;
    config.train.total_iter = steps;
    return config;
  }
};

}  // namespace sr::test
