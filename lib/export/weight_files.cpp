#include "export/weight_files.h"

#include <torch/torch.h>

#include "checkpoint/pth_writer.h"
#include "inspect/model_info.h"
#include "nn/tensor_copy.h"

namespace sr {
namespace {

at::Tensor converted(const at::Tensor& values, std::optional<at::ScalarType> type) {
  constexpr double kLargestHalf = 65504;
  if (!type || !values.is_floating_point()) {
    return values;
  }
  return (type == at::kHalf ? values.clamp(-kLargestHalf, kLargestHalf) : values).to(*type);
}

}  // namespace

std::uint64_t write_weights(const Network& network, const Metadata& metadata,
                            const WeightFile& file) {
  NamedTensors all = with_buffers(network.parameters(), network);
  std::vector<at::Tensor> parameters;
  for (const NamedTensor& parameter : network.parameters()) {
    parameters.push_back(parameter.tensor);
  }
  const NamedTensors derived = network.derived_tensors(parameters);
  all.insert(all.end(), derived.begin(), derived.end());
  std::vector<StoredTensor> stored;
  for (const NamedTensor& tensor : all) {
    stored.push_back(stage(tensor.name, converted(tensor.tensor, file.type)));
  }
  if (!file.is_pth) {
    return write_safetensors(file.file, stored, metadata);
  }
  const auto kind = metadata.find(kWeightsKind);
  const bool raw = kind != metadata.end() && kind->second == "raw";
  const PthGroup group{raw ? "params" : "params_ema", stored};
  return write_pth(file.file, {&group, 1}, metadata);
}

}  // namespace sr
