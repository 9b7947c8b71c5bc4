#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "recipe/losses.h"
#include "resolve/rules.h"
#include "resolve/sections.h"

namespace sr::settings {
namespace {

constexpr std::int64_t kMostSamples = std::int64_t{1} << 20;  // in a step

/// The smallest side of images that a loss can compare, pixels.
int smallest_side(const LossConfig& loss) {
  int side = 1;
  with_options(recipe::kLosses, loss.options, [&](const auto& options) {
    if constexpr (requires { options.smallest_side(); }) {
      side = options.smallest_side();
    }
  });
  return side;
}

class SizeRules {
 public:
  SizeRules(const Config& config, const Node& root, Findings& findings)
      : config_(config), root_(root), findings_(findings) {}

  void run() {
    const DatasetConfig& set = config_.train_set;
    check_samples("datasets.train.accum_iter", set.batch_size_per_gpu);
    smallest_ = {"lq_size", set.lq_size};
    for (std::size_t i = 0; i < set.size_schedule.size(); ++i) {
      const std::string entry = fmt::format("datasets.train.size_schedule.{}", i);
      check_samples(entry + ".batch_size", set.size_schedule[i].batch_size);
      take_smaller(entry + ".lq_size", set.size_schedule[i].lq_size);
    }
    if (config_.size_optimizer) {
      const std::string block = find_size_optimizer(root_).path;
      check_samples(block + ".max_batch_size", config_.size_optimizer->max_batch_size);
      take_smaller("min_lq_size", config_.size_optimizer->min_lq_size);
    }
    for (std::size_t i = 0; i < config_.train.losses.size(); ++i) {
      check_loss(fmt::format("train.losses.{}.type", i), config_.train.losses[i]);
    }
  }

 private:
  void problem(std::string_view key, std::string_view what) {
    findings_.problem(line_of(root_, key), key, what);
  }

  void check_samples(const std::string& key, int batch_size) {
    const std::int64_t parts = config_.train_set.accum_iter;
    if (parts * batch_size > kMostSamples) {
      problem(key, fmt::format("accum_iter {} x batch size {} is more than {} samples per step",
                               parts, batch_size, kMostSamples));
    }
  }

  struct Crop {
    std::string key;  ///< as it is told
    int lq_size = 0;
  };
  void take_smaller(const std::string& key, int lq_size) {
    if (lq_size < smallest_.lq_size) {
      smallest_ = {key, lq_size};
    }
  }

  void check_loss(const std::string& key, const LossConfig& loss) {
    const int needed = smallest_side(loss);
    const int side = smallest_.lq_size * config_.scale;
    if (config_.scale != 0 && side < needed) {
      problem(key, fmt::format("{} needs GT crops of at least {} pixels a side; {} {} x scale {} "
                               "is {}",
                               loss.type, needed, smallest_.key, smallest_.lq_size, config_.scale,
                               side));
    }
  }

  const Config& config_;
  const Node& root_;
  Findings& findings_;
  Crop smallest_;
};

}  // namespace

void check_sizes(const Config& config, const Node& root, Findings& findings) {
  SizeRules(config, root, findings).run();
}

}  // namespace sr::settings
