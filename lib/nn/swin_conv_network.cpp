#include "nn/swin_conv_network.h"

#include <cmath>
#include <utility>

#include <torch/torch.h>

#include "nn/dense_block.h"
#include "nn/keyed_noise.h"
#include "nn/nearest.h"

namespace sr {
namespace {

constexpr Window kWindow{8, 8};
constexpr int kHead = 32;  ///< features of a head of the attention
constexpr double kLeakySlope = 0.2;
constexpr double kResidualScale = 0.2;
constexpr double kDeviation = 0.02;

at::Tensor conv(const at::Tensor& features, const Layer& layer) {
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, layer.weight.size(2) / 2);
}

}  // namespace

SwinConvNetwork::SwinConvNetwork(Settings settings, int scale, std::uint64_t seed)
    : BlockNetwork({.features = settings.dim,
                    .depths = settings.config,
                    .drop_path_rate = settings.drop_path_rate,
                    .computed_twice = settings.computed_twice},
                   scale, seed),
      settings_(std::move(settings)) {
  window_positions_ = add_constant(relative_positions(kWindow));
}

Layer SwinConvNetwork::add_plain_conv(const std::string& name, int inputs, int outputs) {
  return add_conv(name, {outputs, inputs, 3, 3}, false);
}

SwinConvNetwork::Block SwinConvNetwork::add_block(const std::string& prefix, std::size_t size,
                                                  bool shifted, double drop_rate,
                                                  std::size_t uses) {
  const int dim = settings_.dim << size;
  const int half = dim / 2;
  const std::string name = prefix + "trans_block.";
  Block block;
  block.size = size;
  block.shifted = shifted && settings_.resolution >> size > kWindow.height;
  block.parameters.begin = parameters().size();
  block.norm1 = add_norm(name + "ln1", half);
  const std::int64_t span = 2 * kWindow.height - 1;
  block.positions =
      add_parameter(name + "msa.relative_position_params",
                    truncated_normal({half / kHead, span, span}, kDeviation, generator()));
  block.qkv = add_conv(name + "msa.embedding_layer", {3 * half, half});
  block.proj = add_conv(name + "msa.linear", {half, half});
  block.norm2 = add_norm(name + "ln2", half);
  block.widen = add_conv(name + "mlp.0", {4 * half, half});
  block.narrow = add_conv(name + "mlp.2", {half, 4 * half});
  block.split = add_conv(prefix + "conv1_1", {dim, dim, 1, 1});
  block.join = add_conv(prefix + "conv1_2", {dim, dim, 1, 1});
  block.near1 = add_plain_conv(prefix + "conv_block.0", half, half);
  block.near2 = add_plain_conv(prefix + "conv_block.2", half, half);
  block.parameters.end = parameters().size();
  block.stream = streams_;
  streams_ += uses;
  block.branch = add_branch(drop_rate);
  for (std::size_t i = 1; i < 2 * uses; ++i) {
    add_branch(drop_rate);
  }
  return block;
}

std::vector<SwinConvNetwork::Block> SwinConvNetwork::add_blocks(const std::string& prefix,
                                                                int first, int count,
                                                                std::size_t size,
                                                                std::size_t uses) {
  std::vector<Block> blocks;
  for (int i = 0; i < count; ++i) {
    blocks.push_back(add_block(prefix + std::to_string(first + i) + ".", size, i % 2 == 1,
                               drop_rate_of(blocks_++), uses));
  }
  return blocks;
}

SwinConvNetwork::Doubling SwinConvNetwork::add_doubling(const std::string& prefix, int inputs,
                                                        Way way) {
  if (way == Way::kTransposed) {
    const Layer layer = transposed_layer({inputs, inputs / 2, 2, 2}, generator());
    return {add_layer(prefix + "0", {layer.weight, {}}), {}};
  }
  return {add_conv(prefix + "0.up.1", {inputs, inputs, 3, 3}),
          add_conv(prefix + "0.up.3", {inputs / 2, inputs, 3, 3})};
}

SwinConvNetwork::UNet SwinConvNetwork::add_unet(const std::string& prefix, Way way,
                                                std::size_t uses) {
  const std::vector<int>& config = settings_.config;
  constexpr std::size_t kCoarsest = kSizes - 1;
  UNet unet;
  blocks_ = 0;
  for (std::size_t size = 0; size < kCoarsest; ++size) {
    const std::string name = prefix + "m_down" + std::to_string(size + 1) + ".";
    const int dim = settings_.dim << size;
    unet.down[size] = add_blocks(name, 0, config[size], size, uses);
    unet.halving[size] = add_conv(name + std::to_string(config[size]), {2 * dim, dim, 2, 2}, false);
  }
  unet.down[kCoarsest] = add_blocks(prefix + "m_body.", 0, config[kCoarsest], kCoarsest, uses);
  for (std::size_t size = kCoarsest; size-- > 0;) {
    const std::string name = prefix + "m_up" + std::to_string(size + 1) + ".";
    unet.doubling[size] = add_doubling(name, settings_.dim << (size + 1), way);
    unet.up[size] = add_blocks(name, 1, config[2 * kCoarsest - size], size, uses);
  }
  return unet;
}

void SwinConvNetwork::add_enlarger(const std::string& prefix) {
  constexpr int kDenseBlocks = 2;
  constexpr int kGrowth = 32;
  const int dim = settings_.dim;
  for (int i = 0; i < kDenseBlocks; ++i) {
    std::array<DenseBlock, 3>& blocks = dense_.emplace_back();
    for (std::size_t dense = 0; dense < blocks.size(); ++dense) {
      for (int k = 0; k < 5; ++k) {
        const std::string name = prefix + std::to_string(i) + ".rdb" + std::to_string(dense + 1) +
                                 ".conv" + std::to_string(k + 1);
        blocks[dense][static_cast<std::size_t>(k)] =
            add_conv(name, {k < 4 ? kGrowth : dim, dim + k * kGrowth, 3, 3});
      }
    }
  }
  int index = kDenseBlocks;
  for (int left = scale_; left > 1; left /= 2) {
    steps_.push_back(add_conv(prefix + std::to_string(index + 1), {dim, dim, 3, 3}));
    index += 3;  // the enlargement, the convolution, the activation
  }
  steps_.push_back(add_conv(prefix + std::to_string(index), {dim, dim, 3, 3}));
}

void SwinConvNetwork::set_masks(Pass& pass, const at::Tensor& images) const {
  // SwinIR's, of -100, made so strong that nothing is left of what the peers mask with -inf.
  constexpr double kStronger = 100;
  for (std::size_t size = 0; size < kSizes; ++size) {
    if (settings_.resolution >> size > kWindow.height) {
      pass.masks[size] =
          shift_mask(images.size(2) >> size, images.size(3) >> size, kWindow, images.device())
              .mul(kStronger);
    }
  }
}

SurroundedImages SwinConvNetwork::surrounded(const at::Tensor& images, int room) {
  const auto grown = [&](std::int64_t side) {
    return (kMultiple - side % kMultiple) % kMultiple + room;
  };
  const std::int64_t rows = grown(images.size(2));
  const std::int64_t columns = grown(images.size(3));
  if (rows + columns == 0) {
    return {images, 0, 0};
  }
  const std::int64_t top = (rows + 1) / 2;
  const std::int64_t left = (columns + 1) / 2;
  return {pad_by_reflection(images, {left, columns - left, top, rows - top}), top, left};
}

at::Tensor SwinConvNetwork::leaky(const at::Tensor& features) {
  at::Tensor output = features;
  return at::leaky_relu_(output, kLeakySlope);
}

at::Tensor SwinConvNetwork::attended(const Block& block, const at::Tensor& pixels,
                                     const Pass& pass) const {
  const std::int64_t features = pixels.size(3);
  return in_windows(pixels, kWindow, block.shifted, [&](const at::Tensor& windows) {
    const at::Tensor qkv = at::linear(windows, block.qkv.weight, block.qkv.bias)
                               .view({-1, kWindow.area(), 3, features / kHead, kHead})
                               .permute({2, 0, 3, 1, 4});
    const double scale = 1 / std::sqrt(static_cast<double>(kHead));
    const at::Tensor bias = position_bias(block.positions.flatten(1).t(), window_positions_);
    const at::Tensor seen = attend(qkv[0] * scale, qkv[1], qkv[2], bias,
                                   block.shifted ? pass.masks[block.size] : at::Tensor());
    return at::linear(seen.transpose(1, 2).flatten(2), block.proj.weight, block.proj.bias);
  });
}

at::Tensor SwinConvNetwork::computed_block(const Block& block, const at::Tensor& features,
                                           const Pass& pass) const {
  const std::int64_t half = features.size(1) / 2;
  const at::Tensor both = conv(features, block.split);
  const at::Tensor first = both.narrow(1, 0, half);
  at::Tensor inside = conv(first, block.near1);
  const at::Tensor near = conv(at::relu_(inside), block.near2) + first;

  const std::size_t branch = block.branch + 2 * pass.use;
  const at::Tensor pixels = both.narrow(1, half, half).permute({0, 2, 3, 1});
  const at::Tensor middle =
      pixels + kept(attended(block, normalized(pixels, block.norm1), pass), branch, pass);
  const at::Tensor wide =
      at::gelu(at::linear(normalized(middle, block.norm2), block.widen.weight, block.widen.bias));
  const at::Tensor far =
      middle + kept(at::linear(wide, block.narrow.weight, block.narrow.bias), branch + 1, pass);

  const at::Tensor output =
      features + conv(at::cat({near, far.permute({0, 3, 1, 2})}, 1), block.join);
  if (!pass.keys.defined()) {
    return output;
  }
  const at::Tensor noise = keyed_noise(pass.keys, block.stream + pass.use, output.sizes());
  return output + noise.mul_(settings_.noise).to(output.scalar_type());
}

at::Tensor SwinConvNetwork::through(const Block& block, const at::Tensor& features,
                                    const Pass& pass) const {
  return computed(
      block.parameters,
      [this, &block, pass](const at::Tensor& input) { return computed_block(block, input, pass); },
      features);
}

at::Tensor SwinConvNetwork::through(const Doubling& doubling, const at::Tensor& features) {
  if (!doubling.second.weight.defined()) {
    return at::conv_transpose2d(features, doubling.first.weight, {}, /*stride=*/2);
  }
  return leaky(conv(leaky(conv(enlarge_nearest(features, 2), doubling.first)), doubling.second));
}

at::Tensor SwinConvNetwork::through(const UNet& unet, const at::Tensor& features,
                                    const Pass& pass) const {
  constexpr std::size_t kCoarsest = kSizes - 1;
  std::array<at::Tensor, kSizes> sizes{features};  // what goes into the blocks of each
  at::Tensor inside = features;
  for (std::size_t size = 0; size <= kCoarsest; ++size) {
    for (const Block& block : unet.down[size]) {
      inside = through(block, inside, pass);
    }
    if (size < kCoarsest) {
      inside = at::conv2d(inside, unet.halving[size].weight, {}, /*stride=*/2);
      sizes[size + 1] = inside;
    }
  }
  for (std::size_t size = kCoarsest; size-- > 0;) {
    inside = through(unet.doubling[size], inside + sizes[size + 1]);
    for (const Block& block : unet.up[size]) {
      inside = through(block, inside, pass);
    }
  }
  return inside;
}

at::Tensor SwinConvNetwork::enlarged(const at::Tensor& features) const {
  at::Tensor inside = features;
  for (const std::array<DenseBlock, 3>& blocks : dense_) {
    at::Tensor grown = inside;
    for (const DenseBlock& layers : blocks) {
      grown = residual_dense_block(grown, layers);
    }
    inside = at::add(inside, grown, kResidualScale);
  }
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    inside = leaky(conv(enlarge_nearest(inside, 2), steps_[i]));
  }
  return leaky(conv(inside, steps_.back()));
}

}  // namespace sr
