#include "nn/module.h"

#include <utility>

#include <torch/torch.h>

namespace sr {

void Module::to(at::Device device, bool channels_last) {
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  for (const NamedTensors* group : {&parameters_, &buffers_}) {
    for (const NamedTensor& named : *group) {
      const at::Tensor moved = named.tensor.detach().to(device);
      named.tensor.set_data(moved.dim() == 4 ? moved.contiguous(format) : moved);
    }
  }
  for (const at::Tensor& constant : constants_) {
    constant.set_data(constant.to(device));
  }
}

at::Tensor Module::add_parameter(std::string name, at::Tensor values) {
  values.set_requires_grad(true);
  parameters_.push_back({std::move(name), values});
  return values;
}

at::Tensor Module::add_buffer(std::string name, at::Tensor values) {
  buffers_.push_back({std::move(name), values});
  return values;
}

at::Tensor Module::add_constant(at::Tensor values) {
  constants_.push_back(values);
  return values;
}

Layer Module::add_layer(const std::string& name, const Layer& layer) {
  Layer added{add_parameter(name + ".weight", layer.weight), {}};
  if (layer.bias.defined()) {
    added.bias = add_parameter(name + ".bias", layer.bias);
  }
  return added;
}

void Module::add_part(const std::string& prefix, const Module& part) {
  for (const NamedTensor& parameter : part.parameters()) {
    add_parameter(prefix + parameter.name, parameter.tensor);
  }
  for (const NamedTensor& buffer : part.buffers()) {
    add_buffer(prefix + buffer.name, buffer.tensor);
  }
  constants_.insert(constants_.end(), part.constants_.begin(), part.constants_.end());
}

}  // namespace sr
