#include "loss/file_losses.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "loss/classifier.h"
#include "loss/continued.h"
#include "loss/penalty.h"
#include "nn/fixed_layers.h"

namespace sr {
namespace {

/// Sides that are multiples of this are halved and doubled again without a rest.
constexpr std::int64_t kFold = 16;

enum class Way { kKeep, kHalve, kDouble };

/// Of the network, whose first block changes features and sides as its `way` says.
struct Stage {
  std::int64_t features, inner, blocks;
  Way way;
};
constexpr std::array<Stage, 8> kStages{{{64, 16, 3, Way::kKeep},
                                        {128, 32, 6, Way::kHalve},
                                        {256, 64, 9, Way::kHalve},
                                        {512, 128, 12, Way::kHalve},
                                        {256, 64, 9, Way::kDouble},
                                        {128, 32, 6, Way::kDouble},
                                        {64, 16, 4, Way::kDouble},
                                        {32, 8, 3, Way::kDouble}}};

/// Doubles the sides.
struct Enlargement {
  at::Tensor weight;  ///< [inputs, outputs, 4, 4]
  at::Tensor bias{};  ///< undefined = none
  at::Tensor operator()(const at::Tensor& x) const {
    const auto in_type = [&](const at::Tensor& own) {
      return own.defined() ? own.to(x.scalar_type()) : own;
    };
    return at::conv_transpose2d(x, in_type(weight), in_type(bias), /*stride=*/2, /*padding=*/1);
  }
  void to(at::Device device, bool channels_last) {
    weight = weight.to(device).contiguous(channels_last ? at::MemoryFormat::ChannelsLast
                                                        : at::MemoryFormat::Contiguous);
    bias = bias.defined() ? bias.to(device) : bias;
  }
};

/// A residual block of three convolutions, each behind a normalisation and a ReLU; but for the
/// first, the normalisations are a part of the convolution before them.
struct Block {
  FixedScale first;
  FixedConvolution reduce;
  FixedConvolution expand;
  std::optional<FixedConvolution> convolve{}, smaller_shortcut{};
  std::optional<Enlargement> enlarge{}, larger_shortcut{};  ///< instead, of kDouble

  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor reduced = reduce(first(x).relu_()).relu_();
    const at::Tensor branch =
        expand((enlarge ? (*enlarge)(reduced) : (*convolve)(reduced)).relu_());
    if (larger_shortcut) {
      return branch + (*larger_shortcut)(x);
    }
    return branch + (smaller_shortcut ? (*smaller_shortcut)(x) : x);
  }

  void to(at::Device device, bool channels_last) {
    first.to(device);
    reduce.to(device, channels_last);
    expand.to(device, channels_last);
    for (auto* one : {&convolve, &smaller_shortcut}) {
      if (*one) {
        (*one)->to(device, channels_last);
      }
    }
    for (auto* one : {&enlarge, &larger_shortcut}) {
      if (*one) {
        (*one)->to(device, channels_last);
      }
    }
  }
};

class BlockReader {
 public:
  explicit BlockReader(const FixedLayers& layers) : layers_(layers) {}

  struct Shape {
    std::int64_t inputs, inner, outputs;
    Way way;
  };
  Block read(const std::string& name, const Shape& shape) const {
    const auto left = [&](int number) { return fmt::format("{}.left.{}", name, number); };
    const auto [inputs, inner, outputs, way] = shape;
    Block block{.first = layers_.scale(left(0), inputs),
                .reduce = layers_.normalised(left(2), left(3), {inputs, inner}),
                .expand = layers_.without_bias(left(8), {inner, outputs})};
    if (way == Way::kDouble) {
      const FixedScale behind = layers_.scale(left(6), inner);
      block.enlarge = enlargement(left(5), inner, inner);
      block.enlarge->weight = block.enlarge->weight * behind.factor;
      block.enlarge->bias = behind.summand.flatten();
      block.larger_shortcut = enlargement(name + ".shortcut", inputs, outputs);
    } else if (way == Way::kHalve) {
      block.convolve = layers_.normalised(left(5), left(6), {inner, inner, 4, 2});
      block.smaller_shortcut = layers_.without_bias(name + ".shortcut", {inputs, outputs, 4, 2});
    } else {
      block.convolve = layers_.normalised(left(5), left(6), {inner, inner, 3});
    }
    return block;
  }

 private:
  Enlargement enlargement(const std::string& name, std::int64_t inputs,
                          std::int64_t outputs) const {
    return {.weight = layers_.tensor(name + ".weight", {inputs, outputs, 4, 4})};
  }

  const FixedLayers& layers_;
};

/// Drawings [N, 1, H, W] of images of -1 to 1, which are a network's of four levels that get
/// smaller and larger again.
class LineDistiller {
 public:
  explicit LineDistiller(const FixedLayers& layers)
      : stem_(layers.without_bias("conv1.0", {3, kStages[0].features, 7, 2})),
        tail_(layers.without_bias(fmt::format("conv8.{}", kStages[7].blocks),
                                  {kStages[7].features, 1, 3})) {
    const BlockReader reader(layers);
    std::int64_t inputs = kStages[0].features;
    for (std::size_t i = 0; i < kStages.size(); ++i) {
      const Stage& stage = kStages[i];
      const std::int64_t first = i == 0 ? 1 : 0;  // behind the stem
      for (std::int64_t block = 0; block < stage.blocks; ++block) {
        const bool changes = block == 0 && stage.way != Way::kKeep;
        const bool wider = changes && i == 7;  // its first block has more inner features
        stages_[i].push_back(reader.read(fmt::format("conv{}.{}", i + 1, block + first),
                                         {inputs, wider ? 2 * stage.inner : stage.inner,
                                          stage.features, changes ? stage.way : Way::kKeep}));
        inputs = stage.features;
      }
    }
  }

  at::Tensor operator()(const at::Tensor& images) const {
    std::array<at::Tensor, 4> down;
    at::Tensor features = stem_(continued_to_multiples(images, kFold));
    for (std::size_t i = 0; i < down.size(); ++i) {
      down[i] = features = through(i, features);
    }
    for (std::size_t i = 4; i < 7; ++i) {
      features = down[6 - i] + through(i, features);
    }
    return cut_to_sides_of(tail_(through(7, features)), images);
  }

  void to(at::Device device, bool channels_last) {
    stem_.to(device, channels_last);
    tail_.to(device, channels_last);
    for (std::vector<Block>& stage : stages_) {
      for (Block& block : stage) {
        block.to(device, channels_last);
      }
    }
  }

 private:
  at::Tensor through(std::size_t stage, at::Tensor x) const {
    for (const Block& block : stages_[stage]) {
      x = block(x);
    }
    return x;
  }

  FixedConvolution stem_, tail_;
  std::array<std::vector<Block>, kStages.size()> stages_;
};

class LineDistillerLoss final : public Loss {
 public:
  LineDistillerLoss(const recipe::LineDistillerOptions& options,
                    const FeatureStack::Weights& weights)
      : criterion_(options.criterion),
        network_(FixedLayers(weights, "the line distiller", at::kCPU)) {}

  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor gt = network_(images.gt * 2 - 1);
    return mean_penalty(network_(images.output * 2 - 1), gt, criterion_);
  }

  void to(at::Device device, bool channels_last) override { network_.to(device, channels_last); }

 private:
  Criterion criterion_;
  LineDistiller network_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const LineDistillerOptions& options,
                                        const FeatureStack::Weights& weights) {
  return std::make_unique<LineDistillerLoss>(options, weights);
}

std::unique_ptr<Loss> recipe::make_loss(const LineDistillerOptions& options) {
  return loss_of_file(
      options, {"linedistillerloss", fetch_hint("line-distiller"), is_of_normalised_network});
}

}  // namespace sr
