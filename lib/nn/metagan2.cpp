#include "nn/metagan2.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/random.h"
#include "nn/branched_conv.h"
#include "nn/spectral_norm.h"

namespace sr {
namespace {

constexpr double kNormEpsilon = 1e-6;
constexpr double kExpansion = 8.0 / 3;
constexpr double kFirstGamma = 1e-6;
/// What PyTorch takes when none is given.
constexpr double kOwnEpsilon = std::numeric_limits<float>::epsilon();

/// [N, C, H, W] <-> [N, H, W, C]
at::Tensor channels_behind(const at::Tensor& features) {
  return features.permute({0, 2, 3, 1});
}
at::Tensor channels_before(const at::Tensor& features) {
  return features.permute({0, 3, 1, 2});
}

class MetaGan2 final : public SpectralDiscriminator {
 public:
  MetaGan2(const arch::MetaGan2Options& options, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& images) override;

 private:
  struct Block {
    at::Tensor gamma, norm;  // [C]
    Conv widen, narrow;
    std::optional<BranchedConv> conv;
  };
  struct Stage {
    std::optional<Conv> first;  ///< of the stage that sees images
    Conv conv;
    at::Tensor norm;  ///< behind both, or before the only one
    std::vector<Block> blocks;
  };
  Stage add_stage(const std::string& name, std::int64_t inputs, std::int64_t outputs);
  Block add_block(const std::string& name, std::int64_t dim);
  at::Tensor add_norm(const std::string& name, std::int64_t dim) {
    return add_parameter(name + ".weight", torch::ones({dim}));
  }
  static at::Tensor shrunk(const at::Tensor& features, const Stage& stage);
  static at::Tensor through_block(const at::Tensor& features, const Block& block);

  at::Generator generator_;
  std::vector<Stage> stages_;
  Conv head_;
  Layer last_;
};

MetaGan2::MetaGan2(const arch::MetaGan2Options& options, std::uint64_t seed)
    : SpectralDiscriminator(SpectralForm::kHook),
      generator_(
          at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kDiscriminatorInit))) {
  std::int64_t inputs = options.num_in_ch;
  for (std::size_t i = 0; i < options.dims.size(); ++i) {
    const std::string name = fmt::format("stages.{}.", i);
    const std::int64_t outputs = options.dims[i];
    Stage& stage = stages_.emplace_back(add_stage(name, inputs, outputs));
    for (int block = 0; block < options.blocks[i]; ++block) {
      stage.blocks.push_back(add_block(fmt::format("{}blocks.{}.", name, block), outputs));
    }
    inputs = outputs;
  }
  head_ = add_spectral("head.0", {4 * inputs, inputs}, true, generator_);
  last_ = add_plain("head.2", {inputs, 4 * inputs}, true, generator_);
  description_ = {{"num_in_ch", std::to_string(options.num_in_ch)},
                  {"dims", fmt::format("{}", fmt::join(options.dims, ","))},
                  {"blocks", fmt::format("{}", fmt::join(options.blocks, ","))},
                  {"downs", fmt::format("{}", fmt::join(options.downs, ","))}};
}

MetaGan2::Stage MetaGan2::add_stage(const std::string& name, std::int64_t inputs,
                                    std::int64_t outputs) {
  Stage stage;
  if (!stages_.empty()) {
    stage.norm = add_norm(name + "down.norm", inputs);
    stage.conv = add_spectral(name + "down.conv", {outputs, inputs, 3, 3}, true, generator_);
  } else {
    const std::int64_t between = outputs / 2;
    stage.first = add_spectral(name + "down.conv1", {between, inputs, 3, 3}, true, generator_);
    stage.conv = add_spectral(name + "down.conv2", {outputs, between, 3, 3}, true, generator_);
    stage.norm = add_norm(name + "down.norm2", outputs);
  }
  return stage;
}

MetaGan2::Block MetaGan2::add_block(const std::string& name, std::int64_t dim) {
  const auto hidden = static_cast<std::int64_t>(kExpansion * static_cast<double>(dim));
  Block block;
  block.gamma = add_parameter(name + "gamma", torch::full({dim}, kFirstGamma));
  block.norm = add_norm(name + "norm", dim);
  block.widen = add_spectral(name + "fc1", small_layer({2 * hidden, dim}, generator_), generator_);
  block.conv.emplace(dim, generator_);
  add_part(name + "conv.conv.", *block.conv);
  block.narrow = add_spectral(name + "fc2", small_layer({dim, hidden}, generator_), generator_);
  return block;
}

/// [N, C, H, W] to [N, H', W', C'].
at::Tensor MetaGan2::shrunk(const at::Tensor& features, const Stage& stage) {
  const auto halved = [](const at::Tensor& wide, const Conv& conv) {
    return at::conv2d(wide, normalized(conv.weight), conv.bias, /*stride=*/2, /*padding=*/1);
  };
  if (stage.first) {
    const at::Tensor small = halved(at::silu(halved(features, *stage.first)), stage.conv);
    return at::rms_norm(channels_behind(small), {small.size(1)}, stage.norm, kNormEpsilon);
  }
  const at::Tensor normed =
      at::rms_norm(channels_behind(features), {features.size(1)}, stage.norm, kOwnEpsilon);
  return channels_behind(halved(channels_before(normed), stage.conv));
}

/// [N, H, W, C] to the same.
at::Tensor MetaGan2::through_block(const at::Tensor& features, const Block& block) {
  const std::int64_t dim = features.size(3);
  const at::Tensor normed = at::rms_norm(features, {dim}, block.norm, kNormEpsilon);
  const at::Tensor wide = at::linear(normed, normalized(block.widen.weight), block.widen.bias);
  const std::int64_t hidden = wide.size(3) / 2;
  const at::Tensor mixed =
      channels_behind((*block.conv)(channels_before(wide.narrow(3, 2 * hidden - dim, dim))));
  const at::Tensor gated = at::silu(wide.narrow(3, 0, hidden)) *
                           at::cat({wide.narrow(3, hidden, hidden - dim), mixed}, 3);
  return features +
         at::linear(gated, normalized(block.narrow.weight), block.narrow.bias) * block.gamma;
}

at::Tensor MetaGan2::forward(const at::Tensor& images) {
  require_size(images);
  at::Tensor features = images;
  for (const Stage& stage : stages_) {
    at::Tensor pixels = shrunk(features, stage);
    for (const Block& block : stage.blocks) {
      pixels = through_block(pixels, block);
    }
    features = channels_before(pixels);
  }
  const at::Tensor seen =
      at::mish(at::linear(channels_behind(features), normalized(head_.weight), head_.bias));
  return channels_before(at::linear(seen, last_.weight, last_.bias));
}

}  // namespace

std::unique_ptr<Discriminator> make_discriminator(const arch::MetaGan2Options& options,
                                                  std::uint64_t seed) {
  return std::make_unique<MetaGan2>(options, seed);
}

}  // namespace sr
