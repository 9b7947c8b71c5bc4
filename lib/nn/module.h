#pragma once

#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

struct NamedTensor {
  std::string name;  ///< the peers' parameter name: "body.0.weight"
  at::Tensor tensor;
};
using NamedTensors = std::vector<NamedTensor>;

/// Named leaves and buffers of a graph, with what weight files say about it.
class Module {
 public:
  virtual ~Module() = default;

  /// Trainable leaves in registration order (the order of the peers' state dict).
  const NamedTensors& parameters() const { return parameters_; }
  /// State that forward may change (BN statistics, spectral-norm vectors).
  const NamedTensors& buffers() const { return buffers_; }
  /// "architecture" and the constructor arguments, for weight files and error messages.
  const std::map<std::string, std::string>& description() const { return description_; }
  /// Adds to the description what the constructor has not set.
  void describe(const std::map<std::string, std::string>& arguments) {
    description_.insert(arguments.begin(), arguments.end());
  }

  void to(at::Device device, bool channels_last);

  /// The name here of a parameter or buffer that another tool calls `name` (other RRDB naming,
  /// other spectral-norm naming); `name` itself when it is known here or nowhere.
  virtual std::string own_name(const std::string& name) const { return name; }

  /// Tensors that a weight file has beside parameters and buffers because loaders want them, though
  /// they follow from the parameters or the options: a merged kernel, a mask. Nothing in training
  /// holds them, they are not read from files, and those of averaged weights are made of the
  /// averages.
  const std::vector<std::string>& derived_names() const { return derived_names_; }
  /// They, in that order, for these values of the parameters (in the order of parameters(), on any
  /// device), on the CPU.
  virtual NamedTensors derived_tensors(const std::vector<at::Tensor>& /*parameters*/) const {
    return {};
  }

 protected:
  /// Registers a trainable leaf; the returned tensor shares its memory.
  at::Tensor add_parameter(std::string name, at::Tensor values);
  at::Tensor add_buffer(std::string name, at::Tensor values);
  /// A tensor that forward reads and nothing changes or saves; it moves with the module.
  at::Tensor add_constant(at::Tensor values);
  /// Registers `name`.weight and, where there is one, `name`.bias.
  Layer add_layer(const std::string& name, const Layer& layer);
  /// Registers what a part of this module has, with `prefix` before its names.
  void add_part(const std::string& prefix, const Module& part);

  NamedTensors parameters_;
  NamedTensors buffers_;
  std::vector<at::Tensor> constants_;
  std::vector<std::string> derived_names_;
  std::map<std::string, std::string> description_;
};

}  // namespace sr
