#include "train/identity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "core/checksum.h"

namespace sr {

std::string discriminator_optimizer(const Config& config) {
  return config.train.optim_d ? config.train.optim_d->type : "";
}

std::string fingerprint(const std::vector<ImagePair>& pairs, const DatasetConfig& set) {
  std::string names = fmt::format("{} crops, {} frames, weights {}\n", set.crops_per_decode,
                                  set.clip_size, fmt::join(set.dataroot_weights, " "));
  for (const ImagePair& pair : pairs) {
    names += pair.stem + '\n';
  }
  return checksum_text(checksum(std::as_bytes(std::span(names))));
}

std::string measurement_key(const Config& config, const Networks& networks, DeviceMemory& memory,
                            const std::string& device) {
  std::string key = fmt::format("{}; {} bytes; LibTorch {}; amp {}", device, memory.read().total,
                                TORCH_VERSION, config.use_amp);
  const auto add = [&key](const Module& network) {
    for (const auto& [name, value] : network.description()) {
      key += fmt::format("; {} {}", name, value);
    }
  };
  add(*networks.generator);
  if (networks.discriminator) {
    add(*networks.discriminator);
  }
  if (networks.teacher) {
    key += "; teacher";
    add(*networks.teacher);
  }
  for (const LossConfig& loss : config.train.losses) {
    key += "; " + loss.type + (loss.gt_usm ? " of sharpened GT" : "");
  }
  return key;
}

double samples_per_epoch(const DatasetConfig& set, std::size_t images,
                         std::uint64_t samples_per_pass) {
  // traiNNer-redux's rule for "auto": small sets are repeated until an epoch has about 2000
  // batches.
  const double repeats =
      std::max(1.0, std::floor(2000.0 * set.batch_size_per_gpu / static_cast<double>(images)));
  const double enlarge = set.dataset_enlarge_ratio.value_or(repeats);
  return static_cast<double>(samples_per_pass) * enlarge;
}

}  // namespace sr
