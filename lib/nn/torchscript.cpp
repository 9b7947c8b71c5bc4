#include "nn/torchscript.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "nn/kept_values.h"
#include "nn/script_program.h"

namespace sr {
namespace {

constexpr int kLargestScale = 64;
/// Multiples that are tried for height and width. 12: two windows of 4 and 3, or one of 12.
constexpr std::array kMultiples{1, 2, 4, 8, 12, 16, 32, 64};

struct ImageSize {
  int height, width;
};

/// Multiples of `multiple` that have no larger divisor in common, at least some 30 pixels.
ImageSize smallest_image(int multiple) {
  constexpr std::array kPrimes{3, 5, 7, 11, 13, 17, 19, 23, 29, 31};
  constexpr int kEnough = 28;
  std::size_t first = 0;
  while (first + 2 < kPrimes.size() && kPrimes[first] * multiple < kEnough) {
    ++first;
  }
  return {kPrimes[first] * multiple, kPrimes[first + 1] * multiple};
}

class TorchScript final : public Network {
 public:
  TorchScript(const arch::TorchScriptOptions& options, int scale);

  at::Tensor forward(const at::Tensor& lq) const override {
    return program_->run(lq, at::GradMode::is_enabled());
  }
  int size_multiple() const override { return size_multiple_; }

 private:
  void require_facts() const;
  void find_size_multiple();
  std::string problem_with(int multiple);
  at::Tensor image(ImageSize size) const;

  std::string file_;
  int channels_;
  std::unique_ptr<ScriptProgram> program_;
  int size_multiple_ = 1;
};

TorchScript::TorchScript(const arch::TorchScriptOptions& options, int scale)
    : Network(scale), file_(options.file), channels_(options.num_in_ch) {
  if (file_.empty()) {
    throw CheckpointError(
        fmt::format("the network is a TorchScript file (SHA-256 {}), which network_g.file or "
                    "--network has to name",
                    options.sha256.empty() ? "unknown" : options.sha256));
  }
  program_ = std::make_unique<ScriptProgram>(file_);
  if (!options.sha256.empty() && options.sha256 != program_->sha256()) {
    throw CheckpointError(fmt::format("{}: is another network: its SHA-256 is {}, wanted is {}",
                                      file_, program_->sha256(), options.sha256));
  }
  require_facts();
  parameters_ = program_->parameters();
  buffers_ = program_->buffers();
  find_size_multiple();
  program_->try_training(image(smallest_image(size_multiple_)));
  describe({{"sha256", program_->sha256()}});
  if (!program_->facts().name.empty()) {
    describe({{"name", program_->facts().name}});
  }
}

/// What the file says of itself against what is wanted of it.
void TorchScript::require_facts() const {
  const ScriptFacts& facts = program_->facts();
  if (facts.scale != 0 && scale_ != 0 && facts.scale != scale_) {
    throw ConfigError(
        fmt::format("network_g: {} is a network of scale {}, the configuration has {}", file_,
                    facts.scale, scale_));
  }
  if (facts.channels != 0 && facts.channels != channels_) {
    throw ConfigError(fmt::format("network_g: {} takes {} channels, num_in_ch is {}", file_,
                                  facts.channels, channels_));
  }
}

/// The same values each time.
at::Tensor TorchScript::image(ImageSize size) const {
  const std::int64_t count = std::int64_t{channels_} * size.height * size.width;
  return at::arange(count, at::kFloat)
      .remainder_(251)
      .div_(251)
      .view({1, channels_, size.height, size.width});
}

void TorchScript::find_size_multiple() {
  const at::NoGradGuard no_grad;
  const KeptValues fixed(program_->fixed());
  std::vector<int> candidates(kMultiples.begin(), kMultiples.end());
  if (program_->facts().size_multiple > 0) {
    candidates = {program_->facts().size_multiple};
  }
  std::string problem;
  for (const int multiple : candidates) {
    problem = problem_with(multiple);
    program_->require_unchanged(fixed);
    if (problem.empty()) {
      size_multiple_ = multiple;
      return;
    }
  }
  throw CheckpointError(fmt::format(
      "{}: makes no image of {} times the size of its input at any of the sizes tried; {}", file_,
      scale_ == 0 ? "1 to 64" : std::to_string(scale_), problem));
}

/// Of an image whose sides are multiples of this; empty when there is none. Finds the scale where
/// it is unknown.
std::string TorchScript::problem_with(int multiple) {
  const ImageSize size = smallest_image(multiple);
  const std::string at = fmt::format("at {} x {} pixels", size.height, size.width);
  at::Tensor output;
  try {
    output = forward(image(size));
  } catch (const c10::OutOfMemoryError&) {
    throw;  // says nothing of the size
  } catch (const c10::Error& error) {
    return at + ": " + script_problem(error);
  }
  const std::string shape = fmt::format("{} the output is {}", at, c10::str(output.sizes()));
  if (output.dim() != 4 || output.size(0) != 1 || output.size(1) != 3) {
    return shape;
  }
  const std::int64_t scale = scale_ != 0 ? scale_ : output.size(2) / size.height;
  if (scale < 1 || scale > kLargestScale || output.size(2) != scale * size.height ||
      output.size(3) != scale * size.width) {
    return shape;
  }
  scale_ = static_cast<int>(scale);
  return "";
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::TorchScriptOptions& options, int scale,
                                      std::uint64_t /*seed*/) {
  return std::make_unique<TorchScript>(options, scale);
}

}  // namespace sr
