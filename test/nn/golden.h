#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "arch/options.h"
#include "nn/network.h"
#include "support/catch.h"

// Numbers of the PyTorch programs in scripts/golden and the formulas that they share with the
// tests.

namespace sr::test {

/// sin(frequency * i + phase), i over the elements in row-major order.
inline at::Tensor wave(at::IntArrayRef shape, double frequency, double phase) {
  return torch::sin(torch::arange(c10::multiply_integers(shape), torch::kFloat64) * frequency +
                    phase)
      .view(shape);
}

/// Images in [0, 1].
inline at::Tensor wave_images(at::IntArrayRef shape) {
  return (0.5 + 0.5 * wave(shape, 1.3, 0)).to(torch::kFloat32);
}

inline void fill_parameters(const Module& module, double amplitude) {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < module.parameters().size(); ++i) {
    const at::Tensor parameter = module.parameters()[i].tensor;
    parameter.copy_(amplitude * wave(parameter.sizes(), 0.7, static_cast<double>(i)));
  }
}

/// One backward pass from a fixed linear function of the output.
inline void backward_from(const at::Tensor& output) {
  const at::Tensor weights =
      torch::cos(torch::arange(output.numel(), torch::kFloat64)).view(output.sizes());
  (output.to(torch::kFloat64) * weights).sum().backward();
}

struct GoldenLine {
  std::string name;
  std::vector<double> values;
};

/// The lines `key name values...` of test/nn/<file> in their order.
inline std::vector<GoldenLine> golden_lines(const std::string& file, const std::string& key) {
  std::ifstream stream(SR_SOURCE_DIR "/test/nn/" + file);
  std::vector<GoldenLine> result;
  for (std::string text; std::getline(stream, text);) {
    std::istringstream line(text);
    std::string line_key;
    GoldenLine golden;
    line >> line_key >> golden.name;
    for (double value = 0; line >> value;) {
      golden.values.push_back(value);
    }
    if (line_key == key) {
      result.push_back(std::move(golden));
    }
  }
  return result;
}

/// About a dozen values spread over the output, relative to the largest of them.
inline void require_output(const at::Tensor& output, const GoldenLine& golden) {
  const at::Tensor flat = output.detach().contiguous().flatten().to(torch::kFloat64);
  const std::int64_t step = std::max<std::int64_t>(1, flat.numel() / 12);
  const at::Tensor values = flat.slice(0, 0, std::nullopt, step);
  const at::Tensor expected = torch::tensor(golden.values, torch::kFloat64);
  REQUIRE(values.numel() == expected.numel());
  INFO(values << expected);
  const double largest = std::max(1.0, expected.abs().max().item<double>());
  REQUIRE(torch::allclose(values, expected, 1e-4, 1e-5 * largest));
}

/// First element and Euclidean norm.
inline void require_tensor(const at::Tensor& tensor, const GoldenLine& golden) {
  REQUIRE(tensor.defined());
  const at::Tensor flat = tensor.detach().contiguous().flatten().to(at::kDouble);
  const double norm = golden.values.at(1);
  // Behind many gates gradients vanish, and what float32 rounds away shows, or turns a gate: 6e-4
  // was seen.
  REQUIRE(flat.norm().item<double>() == Approx(norm).epsilon(1e-3).margin(1e-6));
  // 1.4e-4 was seen, of vgg256 on one thread.
  REQUIRE(flat[0].item<double>() ==
          Approx(golden.values.at(0)).epsilon(5e-4).margin(1e-4 * std::max(norm, 1e-2)));
}

inline std::vector<std::string> names_of(const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const NamedTensor& named : tensors) {
    names.push_back(named.name);
  }
  return names;
}

/// The gradients of all parameters, which have the names of the lines in their order.
inline void require_gradients(const Module& module, const std::vector<GoldenLine>& golden) {
  REQUIRE(module.parameters().size() == golden.size());
  for (std::size_t i = 0; i < golden.size(); ++i) {
    REQUIRE(module.parameters()[i].name == golden[i].name);
    const at::Tensor gradient = module.parameters()[i].tensor.grad();
    const bool unused = !gradient.defined() && golden[i].values.at(1) == 0;
    if (!unused) {
      require_tensor(gradient, golden[i]);
    }
  }
}

inline std::int64_t count_parameters(const Module& module) {
  std::int64_t sum = 0;
  for (const NamedTensor& parameter : module.parameters()) {
    sum += parameter.tensor.numel();
  }
  return sum;
}

/// One case of a golden file and how it is run.
struct GoldenCase {
  const char* file;
  const char* key;
  std::vector<std::int64_t> shape;  ///< of the LQ images
  double amplitude;                 ///< of the weights
  bool channels_last;
  /// kDouble for networks whose norms magnify what float32 rounds away in gradients.
  at::ScalarType type = at::kFloat;
};

/// Output and gradients of a network equal the numbers of a case.
inline void require_golden(Network& network, const GoldenCase& golden) {
  CAPTURE(golden.key, golden.channels_last);
  for (const NamedTensors* group : {&network.parameters(), &network.buffers()}) {
    for (const NamedTensor& named : *group) {
      if (named.tensor.is_floating_point()) {
        named.tensor.set_data(named.tensor.detach().to(golden.type));
      }
    }
  }
  fill_parameters(network, golden.amplitude);
  network.to(at::kCPU, golden.channels_last);
  const at::Tensor lq = (0.5 + 0.5 * wave(golden.shape, 1.3, 0)).to(golden.type);
  const at::Tensor output = network.training_forward(lq, {});
  REQUIRE(output.sizes() == at::IntArrayRef({lq.size(0), arch::kRgb, lq.size(2) * network.scale(),
                                             lq.size(3) * network.scale()}));
  backward_from(output);
  const std::vector<GoldenLine> lines = golden_lines(golden.file, golden.key);
  REQUIRE(lines.size() > 1);
  require_output(output, lines.front());
  require_gradients(network, {lines.begin() + 1, lines.end()});
}

}  // namespace sr::test
