#include "nn/torchscript_discriminator.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <array>
#include <optional>
#include <vector>

#include "core/error.h"
#include "nn/fold.h"
#include "nn/input_gradient.h"
#include "nn/kept_values.h"
#include "nn/script_program.h"

namespace sr {
namespace {

/// Sides that are tried, pixels: what the smallest layers of the known ones take, and the two sizes
/// of those with linear layers.
constexpr std::array kSides{8, 16, 24, 32, 48, 64, 96, 128, 192, 256};
constexpr std::array kMultiples{1, 2, 4, 8, 16, 32};
constexpr int kImages = 2;

class ScriptDiscriminator final : public Discriminator {
 public:
  explicit ScriptDiscriminator(const std::string& file);

  at::Tensor forward(const at::Tensor& images) override {
    require_size(images);
    return program_.run(pad_to_multiple(images, multiple_), /*training=*/true);
  }
  std::optional<int> input_size() const override { return only_size_; }
  bool is_mean_over_samples() const override { return samples_are_apart_; }
  bool has_second_derivative() override;
  int smallest_input() const override { return smallest_; }

 private:
  void find_sizes();
  /// Of images with these sides; empty when there is none.
  std::string problem_with(int height, int width);
  bool finds_samples_apart();

  std::string file_;
  ScriptProgram program_;
  std::optional<int> only_size_;
  int smallest_ = 1;
  int multiple_ = 1;  ///< of sides
  bool samples_are_apart_ = true;
};

at::Tensor images_of(int height, int width) {
  constexpr std::int64_t kChannels = 3;
  return at::arange(kImages * kChannels * height * width, at::kFloat)
      .remainder_(251)
      .div_(251)
      .view({kImages, kChannels, height, width});
}

ScriptDiscriminator::ScriptDiscriminator(const std::string& file) : file_(file), program_(file) {
  const ScriptFacts& facts = program_.facts();
  if (facts.channels != 0 && facts.channels != 3) {
    throw ConfigError(
        fmt::format("network_d: {} takes {} channels, images have 3", file, facts.channels));
  }
  parameters_ = program_.parameters();
  buffers_ = program_.buffers();
  const KeptValues fixed(program_.fixed());
  find_sizes();
  program_.require_unchanged(fixed);
  program_.try_training(images_of(smallest_, smallest_));
  samples_are_apart_ = finds_samples_apart();
  describe({{"sha256", program_.sha256()}});
}

void ScriptDiscriminator::find_sizes() {
  std::string problem;
  for (const int side : kSides) {
    problem = problem_with(side, side);
    if (!problem.empty()) {
      continue;
    }
    smallest_ = side;
    for (const int multiple : kMultiples) {
      if (side % multiple == 0 && problem_with(side + multiple, side + 2 * multiple).empty()) {
        multiple_ = multiple;
        return;
      }
    }
    only_size_ = side;
    return;
  }
  throw CheckpointError(fmt::format("{}: makes no logits of images with {} to {} pixels a side; {}",
                                    file_, kSides.front(), kSides.back(), problem));
}

std::string ScriptDiscriminator::problem_with(int height, int width) {
  const at::NoGradGuard no_grad;
  const KeptValues kept(buffers_);
  const std::string at = fmt::format("at {} x {} pixels", height, width);
  at::Tensor logits;
  try {
    logits = program_.run(images_of(height, width), /*training=*/true);
  } catch (const c10::OutOfMemoryError&) {
    kept.restore();
    throw;  // says nothing of the size
  } catch (const c10::Error& error) {
    kept.restore();
    return at + ": " + script_problem(error);
  }
  kept.restore();
  const bool are_logits =
      (logits.dim() == 4 || logits.dim() == 2) && logits.size(0) == kImages && logits.size(1) == 1;
  return are_logits ? "" : fmt::format("{} the output is {}", at, c10::str(logits.sizes()));
}

/// Tries it, for nothing else says which operators have one.
bool ScriptDiscriminator::has_second_derivative() {
  const KeptValues kept(buffers_);
  std::vector<at::Tensor> leaves;
  for (const NamedTensor& parameter : parameters_) {
    leaves.push_back(parameter.tensor);
  }
  const at::Tensor images = images_of(smallest_, smallest_).requires_grad_(true);
  try {
    const at::Tensor logits = program_.run(images, /*training=*/true);
    const at::Tensor slope = input_gradient(logits, images);
    torch::autograd::grad({slope.square().sum()}, leaves, /*grad_outputs=*/{},
                          /*retain_graph=*/false, /*create_graph=*/false, /*allow_unused=*/true);
  } catch (const c10::OutOfMemoryError&) {
    kept.restore();
    throw;  // says nothing of the operators
  } catch (const c10::Error&) {
    kept.restore();
    return false;
  }
  kept.restore();
  return true;
}

/// Compares the logits of a batch with those of each image alone.
bool ScriptDiscriminator::finds_samples_apart() {
  constexpr double kTolerance = 1e-4;  // other kernels for other batches
  const at::NoGradGuard no_grad;
  const KeptValues kept(buffers_);
  const at::Tensor images = images_of(smallest_, smallest_);
  const auto logits = [&](const at::Tensor& batch) {
    const at::Tensor made = program_.run(batch, /*training=*/true);
    kept.restore();
    return made;
  };
  const at::Tensor together = logits(images);
  const at::Tensor alone =
      at::cat({logits(images.narrow(0, 0, 1)), logits(images.narrow(0, 1, 1))});
  const double largest = together.abs().max().item<double>();
  return torch::allclose(together, alone, kTolerance, kTolerance * largest);
}

}  // namespace

std::unique_ptr<Discriminator> make_discriminator(const arch::ScriptDiscriminatorOptions& options,
                                                  std::uint64_t /*seed*/) {
  if (options.file.empty()) {
    throw ConfigError("network_d: file: torchscript needs the file of the discriminator");
  }
  return std::make_unique<ScriptDiscriminator>(options.file);
}

}  // namespace sr
