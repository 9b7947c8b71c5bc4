#pragma once

// TorchScript files made by LibTorch, for tests. Include after the LibTorch headers.

#include <filesystem>
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>

#include "nn/network.h"

namespace sr::test {

/// The child of that name, made when there is none.
inline torch::jit::Module child_of(torch::jit::Module& parent, const std::string& name) {
  if (!parent.hasattr(name)) {
    torch::jit::Module child(
        "__torch__.Part_" + name + "_" +
        std::to_string(reinterpret_cast<std::uintptr_t>(parent._ivalue().get())));
    parent.register_module(name, child);
  }
  return parent.attr(name).toModule();
}

/// A module with the tensors of `network` under their own names ("body.0.weight" is the weight of a
/// module 0 in a module body), whose forward is `source`.
inline torch::jit::Module script_of(const Network& network, const std::string& source) {
  torch::jit::Module root("__torch__.Net");
  for (const NamedTensor& parameter : network.parameters()) {
    torch::jit::Module module = root;
    std::size_t begin = 0;
    for (std::size_t dot = parameter.name.find('.'); dot != std::string::npos;
         dot = parameter.name.find('.', begin)) {
      module = child_of(module, parameter.name.substr(begin, dot - begin));
      begin = dot + 1;
    }
    const at::Tensor values = parameter.tensor.detach().clone().set_requires_grad(true);
    module.register_parameter(parameter.name.substr(begin), values, /*is_buffer=*/false);
  }
  root.define(source);
  return root;
}

/// A module of one 3x3 convolution to 12 channels, weight [12, 3, 3, 3], whose forward is `source`;
/// scale 2 by a pixel shuffle.
inline torch::jit::Module small_script(const std::string& source) {
  torch::jit::Module module("__torch__.Net");
  const at::Tensor weight = at::arange(324, at::kFloat).sin().mul(0.1).view({12, 3, 3, 3});
  module.register_parameter("weight", weight.clone().set_requires_grad(true), false);
  module.define(source);
  return module;
}

/// As forward of small_script(): what `line` computes of `y` is done before the pixel shuffle.
inline std::string forward_with(const std::string& line) {
  return "def forward(self, x):\n  y = torch.conv2d(x, self.weight, None, [1, 1], [1, 1])\n  " +
         line + "\n  return torch.pixel_shuffle(y, 2)\n";
}

/// A convolution, BatchNorm with its statistics, and a second convolution; scale 2.
inline torch::jit::Module script_with_batch_norm() {
  torch::jit::Module module("__torch__.Net");
  const auto parameter = [&](const std::string& name, at::IntArrayRef shape, double factor) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) {
      count *= size;
    }
    const at::Tensor values = at::arange(count, at::kFloat).add(1).sin().mul(factor).view(shape);
    module.register_parameter(name, values.clone().set_requires_grad(true), false);
  };
  parameter("first", {8, 3, 3, 3}, 0.2);
  parameter("gain", {8}, 1.0);
  parameter("shift", {8}, 0.1);
  parameter("last", {12, 8, 3, 3}, 0.1);
  module.register_buffer("running_mean", at::zeros({8}));
  module.register_buffer("running_var", at::ones({8}));
  module.register_attribute("training", c10::BoolType::get(), true);
  module.define(R"(
def forward(self, x):
  y = torch.conv2d(x, self.first, None, [1, 1], [1, 1])
  y = torch.batch_norm(y, self.gain, self.shift, self.running_mean, self.running_var, self.training, 0.1, 1e-5, True)
  y = torch.conv2d(torch.relu(y), self.last, None, [1, 1], [1, 1])
  return torch.pixel_shuffle(y, 2)
)");
  return module;
}

inline std::string saved(const torch::jit::Module& module, const std::filesystem::path& file) {
  module.save(file.string());
  return file.string();
}

}  // namespace sr::test
