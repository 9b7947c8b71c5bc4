#include "train/run_weights.h"

#include "core/version.h"
#include "nn/tensor_copy.h"

namespace sr {
namespace {

NamedTensors with_names_of(const NamedTensors& named, const std::vector<at::Tensor>& tensors) {
  NamedTensors result;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    result.push_back({named[i].name, tensors[i]});
  }
  return result;
}

std::vector<at::Tensor> without_names(const NamedTensors& named, std::size_t count) {
  std::vector<at::Tensor> tensors;
  for (std::size_t i = 0; i < count; ++i) {
    tensors.push_back(named[i].tensor);
  }
  return tensors;
}

}  // namespace

WeightsFormat weights_format(const Config& config) {
  return config.logger.save_checkpoint_format == CheckpointFormat::kPth
             ? WeightsFormat::kPth
             : WeightsFormat::kSafetensors;
}

std::vector<RunWeights> run_weights(const Networks& networks, const TrainStep& step,
                                    const ExperimentLayout& layout, std::int64_t at,
                                    WeightsFormat format) {
  std::vector<RunWeights> all;
  const auto add = [&](const Module& network, const std::vector<at::Tensor>& averages,
                       const auto& path) {
    all.push_back({path(false), "params", &network, with_buffers(network.parameters(), network)});
    if (!averages.empty()) {
      const NamedTensors averaged = with_names_of(network.parameters(), averages);
      all.push_back({path(true), "params_ema", &network, with_buffers(averaged, network)});
    }
  };
  add(*networks.generator, step.averages(),
      [&](bool ema) { return layout.weights_path(at, ema, format); });
  if (networks.discriminator) {
    add(*networks.discriminator, step.discriminator_averages(),
        [&](bool ema) { return layout.discriminator_path(at, ema, format); });
  }
  return all;
}

TensorFile stage(const RunWeights& weights, std::int64_t at) {
  TensorFile file;
  for (const NamedTensor& tensor : weights.tensors) {
    file.tensors.push_back(stage(tensor.name, tensor.tensor));
  }
  const Module& network = *weights.network;
  const auto parameters = without_names(weights.tensors, network.parameters().size());
  for (const NamedTensor& tensor : network.derived_tensors(parameters)) {
    file.tensors.push_back(stage(tensor.name, tensor.tensor));
  }
  file.metadata = {network.description().begin(), network.description().end()};
  file.metadata["step"] = std::to_string(at);
  file.metadata["version"] = std::string("sr-train ") + version();
  return file;
}

}  // namespace sr
