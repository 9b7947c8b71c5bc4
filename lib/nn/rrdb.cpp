#include "nn/rrdb.h"
#include "nn/feature_kernels.h"

#include <array>
#include <unordered_map>
#include <utility>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/dense_block.h"
#include "nn/fold.h"
#include "nn/nearest.h"

namespace sr {
namespace {

constexpr double kLeakySlope = 0.2;
constexpr double kResidualScale = 0.2;
constexpr double kDenseBlockInit = 0.1;  ///< BasicSR's factor on kaiming_normal

/// What a layer is called by BasicSR, by the original ESRGAN and by BSRGAN.
struct LayerNames {
  std::string in_new, in_old, in_bsrgan;
};

/// Enlarging steps: their number and the factor of each.
struct Enlarging {
  int steps, factor;
};

Enlarging enlarging_of(int scale) {
  switch (scale) {
    case 1:
      return {0, 1};
    case 2:
      return {1, 2};
    case 3:
      return {1, 3};
    case 8:
      return {3, 2};
    default:
      return {2, 2};
  }
}

enum class Initialization { kPyTorch, kBasicSr };

class Rrdb final : public Network {
 public:
  /// `folds`: scales 1 and 2 are a 4x network on the folded input.
  Rrdb(const arch::RrdbNetOptions& config, int scale, bool folds, Initialization initialization,
       std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  std::string own_name(const std::string& name) const override;

 private:
  using DenseBlockLayers = std::array<Layer, 5>;
  using Block = std::array<DenseBlockLayers, 3>;

  Layer add_layer(const LayerNames& names, const Layer& layer);
  Layer add_default(const LayerNames& names, int in_channels, int out_channels);
  Block add_block(const arch::RrdbNetOptions& config, int index);
  at::Tensor folded(const at::Tensor& lq) const;
  at::Tensor body(const at::Tensor& lq) const;

  arch::ParamNaming naming_;
  Initialization initialization_;
  int fold_;  ///< of the pixel unshuffle; 1 = none
  Enlarging enlarging_;
  at::Generator generator_;
  std::unordered_map<std::string, std::string> other_names_;  ///< -> the name here

  Layer first_, after_body_, hr_, last_;
  std::vector<Block> blocks_;
  std::vector<Layer> enlarge_;
};

Rrdb::Rrdb(const arch::RrdbNetOptions& config, int scale, bool folds, Initialization initialization,
           std::uint64_t seed)
    : Network(scale),
      naming_(config.param_naming),
      initialization_(initialization),
      fold_(folds && scale <= 2 ? 4 / scale : 1),
      enlarging_(enlarging_of(scale * fold_)),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  const int features = config.num_feat;
  first_ = add_default({"conv_first", "model.0", "conv_first"}, config.num_in_ch * fold_ * fold_,
                       features);
  for (int i = 0; i < config.num_block; ++i) {
    blocks_.push_back(add_block(config, i));
  }
  after_body_ =
      add_default({"conv_body", "model.1.sub." + std::to_string(config.num_block), "trunk_conv"},
                  features, features);
  for (int i = 1; i <= enlarging_.steps; ++i) {
    const std::string number = std::to_string(i);
    enlarge_.push_back(
        add_default({"conv_up" + number, "model." + std::to_string(3 * i), "upconv" + number},
                    features, features));
  }
  const int end = 3 * enlarging_.steps;
  hr_ = add_default({"conv_hr", "model." + std::to_string(end + 2), "HRconv"}, features, features);
  last_ = add_default({"conv_last", "model." + std::to_string(end + 4), "conv_last"}, features,
                      config.num_out_ch);

  description_["use_pixel_unshuffle"] = fold_ > 1 ? "true" : "false";
}

Layer Rrdb::add_layer(const LayerNames& names, const Layer& layer) {
  const std::string& own = naming_ == arch::ParamNaming::kNew ? names.in_new : names.in_old;
  for (const char* suffix : {".weight", ".bias"}) {
    for (const std::string& name : {names.in_new, names.in_old, names.in_bsrgan}) {
      other_names_.emplace(name + suffix, own + suffix);
    }
  }
  return {add_parameter(own + ".weight", layer.weight), add_parameter(own + ".bias", layer.bias)};
}

Layer Rrdb::add_default(const LayerNames& names, int in_channels, int out_channels) {
  return add_layer(names, default_layer({out_channels, in_channels, 3, 3}, true, generator_));
}

Rrdb::Block Rrdb::add_block(const arch::RrdbNetOptions& config, int index) {
  const std::string block = std::to_string(index);
  Block result;
  for (std::size_t dense = 0; dense < result.size(); ++dense) {
    const std::string number = std::to_string(dense + 1);
    for (std::size_t conv = 0; conv < result[dense].size(); ++conv) {
      const std::string name = "conv" + std::to_string(conv + 1);
      const bool last = conv + 1 == result[dense].size();
      const std::array<std::int64_t, 4> shape{
          last ? config.num_feat : config.num_grow_ch,
          config.num_feat + static_cast<std::int64_t>(conv) * config.num_grow_ch, 3, 3};
      result[dense][conv] = add_layer({"body." + block + ".rdb" + number + "." + name,
                                       "model.1.sub." + block + ".RDB" + number + "." + name + ".0",
                                       "RRDB_trunk." + block + ".RDB" + number + "." + name},
                                      initialization_ == Initialization::kBasicSr
                                          ? scaled_normal_layer(shape, kDenseBlockInit, generator_)
                                          : default_layer(shape, true, generator_));
    }
  }
  return result;
}

std::string Rrdb::own_name(const std::string& name) const {
  const auto found = other_names_.find(name);
  return found == other_names_.end() ? name : found->second;
}

at::Tensor Rrdb::folded(const at::Tensor& lq) const {
  return fold_ == 1 ? lq : at::pixel_unshuffle(pad_to_multiple(lq, fold_), fold_);
}

at::Tensor conv3x3(const at::Tensor& input, const Layer& layer) {
  return at::conv2d(input, layer.weight, layer.bias, /*stride=*/1, /*padding=*/1);
}

/// In place: a convolution does not need its own output for backward, and LeakyReLU can do with its
/// own.
at::Tensor conv3x3_leaky(const at::Tensor& input, const Layer& layer) {
  if (input.is_cuda()) {
    const at::Tensor output = at::conv2d(input, layer.weight, {}, 1, 1);
    if (has_feature_kernels(output)) {
      return biased_leaky_relu(output, layer.bias, kLeakySlope);
    }
    return at::leaky_relu(add_bias(output, layer.bias), kLeakySlope);
  }
  at::Tensor output = conv3x3(input, layer);
  return at::leaky_relu_(output, kLeakySlope);
}

at::Tensor Rrdb::body(const at::Tensor& lq) const {
  const at::Tensor first = conv3x3(folded(lq), first_);
  at::Tensor features = first;
  for (const Block& block : blocks_) {
    at::Tensor inside = features;
    for (const DenseBlockLayers& layers : block) {
      inside = residual_dense_block(inside, layers);
    }
    features = at::add(features, inside, kResidualScale);
  }
  return first + conv3x3(features, after_body_);
}

at::Tensor Rrdb::forward(const at::Tensor& lq) const {
  at::Tensor features = body(lq);
  // What a layer has seen goes before the next one begins: these are the largest features.
  for (const Layer& layer : enlarge_) {
    features = enlarge_nearest(features, enlarging_.factor);
    features = conv3x3_leaky(features, layer);
  }
  features = conv3x3_leaky(features, hr_);
  return conv3x3(features, last_)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::EsrganOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Rrdb>(options, scale, options.use_pixel_unshuffle,
                                Initialization::kPyTorch, seed);
}

std::unique_ptr<Network> make_network(const arch::RrdbNetOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Rrdb>(options, scale, /*folds=*/true, Initialization::kBasicSr, seed);
}

}  // namespace sr
