#include "nn/rtmosr.h"

#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/fold.h"
#include "nn/mish.h"
#include "nn/nearest.h"
#include "nn/pixel_norm.h"
#include "nn/rtmosr_layers.h"

namespace sr {
namespace {

constexpr std::int64_t kStep = 2;  ///< the blocks' inner grid is so many times as coarse

at::Tensor conv3x3(const at::Tensor& features, const Layer& layer) {
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, /*padding=*/1);
}

class RtMosr final : public MergedNetwork {
 public:
  RtMosr(const arch::RtMosrOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  struct Block {
    Layer norm;
    std::size_t widen = 0, pooled = 0, shift = 0;  ///< merged layers
    Layer squeeze, excite;                         ///< undefined without channel attention
    std::size_t narrow = 0;                        ///< merged layer, with dccm
    Layer plain_narrow;                            ///< else
  };

  Block add_block(const std::string& name, at::Generator& generator);
  Layer add_pointwise(const std::string& name, int inputs, int outputs, at::Generator& generator);
  static at::Tensor attended(const at::Tensor& features, const Block& block);
  at::Tensor through(const Block& block, const std::vector<Layer>& layers,
                     const at::Tensor& features) const;

  arch::RtMosrOptions options_;
  std::int64_t fold_;
  std::size_t first_ = 0, last_ = 0;
  std::vector<Block> blocks_;
};

RtMosr::RtMosr(const arch::RtMosrOptions& options, int scale, std::uint64_t seed)
    : MergedNetwork(scale), options_(options), fold_(options.fold(scale)) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit));
  const int folded = static_cast<int>(fold_);
  first_ = add_sum(folded > 1 ? "to_feat.1" : "to_feat", arch::kRgb * folded * folded, options.dim,
                   generator);
  for (int block = 0; block < options.n_blocks; ++block) {
    blocks_.push_back(add_block("body." + std::to_string(block) + ".", generator));
  }
  const int shuffle = scale * folded;
  last_ = add_sum("to_img.0", options.dim, arch::kRgb * shuffle * shuffle, generator);
}

Layer RtMosr::add_pointwise(const std::string& name, int inputs, int outputs,
                            at::Generator& generator) {
  return add_layer(name, small_layer({outputs, inputs, 1, 1}, generator));
}

RtMosr::Block RtMosr::add_block(const std::string& name, at::Generator& generator) {
  const int dim = options_.dim;
  const int inside = static_cast<int>(kStep * kStep) * dim;
  const int hidden = options_.hidden();
  Block block;
  block.norm.weight = add_parameter(name + "norm.scale", torch::ones({dim}));
  block.norm.bias = add_parameter(name + "norm.offset", torch::zeros({dim}));
  block.widen = add_sum(name + "fc1", dim, 2 * hidden, generator);
  block.pooled = add_sum(name + "conv.0.poll.1", dim, inside, generator);
  block.shift = add_shift(name + "conv.1", inside, generator);
  if (options_.se) {
    block.squeeze = add_pointwise(name + "conv.2.squeezing.0", inside, inside / 2, generator);
    block.excite = add_pointwise(name + "conv.2.squeezing.2", inside / 2, inside, generator);
  }
  if (options_.dccm) {
    block.narrow = add_sum(name + "fc2", hidden, dim, generator);
  } else {
    block.plain_narrow = add_pointwise(name + "fc2", hidden, dim, generator);
  }
  return block;
}

at::Tensor RtMosr::attended(const at::Tensor& features, const Block& block) {
  if (!block.squeeze.weight.defined()) {
    return features;
  }
  const at::Tensor mean = features.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true);
  const at::Tensor inside = at::relu(at::conv2d(mean, block.squeeze.weight, block.squeeze.bias));
  const at::Tensor logits = at::conv2d(inside, block.excite.weight, block.excite.bias);
  return features * at::clamp(logits / 6 + 0.5, 0, 1);  // hard sigmoid
}

at::Tensor RtMosr::through(const Block& block, const std::vector<Layer>& layers,
                           const at::Tensor& features) const {
  const std::int64_t dim = options_.dim;
  const std::int64_t hidden = options_.hidden();
  const at::Tensor wide = conv3x3(rms_norm_of_pixels(features, block.norm), layers[block.widen]);
  const at::Tensor taken = wide.narrow(1, 2 * hidden - dim, dim);
  const at::Tensor coarse =
      at::pixel_unshuffle(taken, kStep) +
      conv3x3(at::max_pool2d(taken, kStep, /*stride=*/kStep), layers[block.pooled]);
  const Layer& shift = layers[block.shift];
  const at::Tensor shifted = at::conv2d(coarse, shift.weight, shift.bias, /*stride=*/1,
                                        /*padding=*/2, /*dilation=*/1, shift.weight.size(0));
  const at::Tensor mixed = at::pixel_shuffle(attended(shifted, block), kStep);
  const Layer& narrow = block.plain_narrow;
  if (!narrow.weight.defined()) {
    return features + fast_mish(mish_gated_conv3x3(wide, mixed, layers[block.narrow]));
  }
  const at::Tensor kept = at::cat({wide.narrow(1, hidden, hidden - dim), mixed}, 1);
  const at::Tensor gated = fast_mish(wide.narrow(1, 0, hidden)) * kept;
  return features + fast_mish(at::conv2d(gated, narrow.weight, narrow.bias));
}

at::Tensor RtMosr::forward(const at::Tensor& lq) const {
  const std::vector<Layer> layers = merged();
  const at::Tensor images = pad_to_multiple(lq, kStep * fold_);
  at::Tensor features =
      fold_ > 1 ? unshuffled_conv(images, layers[first_], fold_) : conv3x3(images, layers[first_]);
  for (const Block& block : blocks_) {
    features = through(block, layers, features);
  }
  const at::Tensor output = at::pixel_shuffle(conv3x3(features, layers[last_]), scale_ * fold_);
  return (output.narrow(2, 0, lq.size(2) * scale_).narrow(3, 0, lq.size(3) * scale_) +
          enlarge_nearest(lq, scale_))
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::RtMosrOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<RtMosr>(options, scale, seed);
}

}  // namespace sr
