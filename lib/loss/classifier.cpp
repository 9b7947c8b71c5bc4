#include "loss/classifier.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include <torch/torch.h>

#include "core/error.h"
#include "core/path_status.h"

namespace sr {

at::Tensor imagenet_normalised(const at::Tensor& images) {
  constexpr std::array<double, 3> kMean{0.485, 0.456, 0.406};
  constexpr std::array<double, 3> kDeviation{0.229, 0.224, 0.225};
  std::vector<at::Tensor> channels;
  for (std::size_t c = 0; c < kMean.size(); ++c) {
    channels.push_back((images.narrow(1, static_cast<std::int64_t>(c), 1) - kMean[c]) /
                       kDeviation[c]);
  }
  return at::cat(channels, 1).contiguous(images.suggest_memory_format());
}

std::string fetch_hint(std::string_view kind) {
  return fmt::format("scripts/fetch_weights.py {} makes such a file where PyTorch is installed",
                     kind);
}

bool is_of_classifier(std::string_view name) {
  return name.starts_with("features.") || name == "alpha" || name == "beta";
}

bool is_of_normalised_network(std::string_view name) {
  return !name.ends_with(".num_batches_tracked");
}

std::unique_ptr<Loss> loss_with_weights(const std::string& path, const WeightFile& file,
                                        const MakeLoss& make) {
  if (!is_there(path)) {
    throw ConfigError(fmt::format(
        "{}: no such file. {} needs its weights there (or where its setting `weights` says). {}",
        path, file.type, file.origin));
  }
  const FeatureStack::Weights weights = read_feature_weights(path, file.wanted);
  try {
    return make(weights);
  } catch (const CheckpointError& error) {
    throw CheckpointError(fmt::format("{}: {}. {}", path, error.what(), file.origin));
  }
}

}  // namespace sr
