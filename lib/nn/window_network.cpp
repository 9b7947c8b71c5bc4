#include "nn/window_network.h"

#include <array>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/error.h"
#include "core/random.h"
#include "nn/fold.h"
#include "nn/recompute.h"

namespace sr {
namespace {

using arch::ResidualConnection;

constexpr double kDeviation = 0.02;
constexpr double kLeakySlope = 0.2;
constexpr double kNormEpsilon = 1e-5;
constexpr std::array<float, 3> kMeanColour{0.4488F, 0.4371F, 0.4040F};  // of DIV2K

void require_possible(const arch::WindowOptions& options) {
  const auto refuse = [](const std::string& what) { throw ConfigError("network_g: " + what); };
  if (options.depths.empty() || options.depths.size() != options.num_heads.size()) {
    refuse(fmt::format("num_heads: one entry a group is needed: depths has {}, num_heads {}",
                       options.depths.size(), options.num_heads.size()));
  }
  for (const int heads : options.num_heads) {
    if (options.embed_dim % heads != 0) {
      refuse(fmt::format("num_heads: {} does not divide embed_dim {}", heads, options.embed_dim));
    }
  }
  if (options.img_size % options.window_size != 0 || options.img_size <= options.window_size) {
    refuse(fmt::format("img_size: {} is no multiple of window_size {} that is larger than it",
                       options.img_size, options.window_size));
  }
  if (options.ape) {
    refuse("ape: absolute positions tie a network to one image size and are not available");
  }
  if (options.resi_connection == ResidualConnection::kThreeConvs && options.embed_dim < 4) {
    refuse("resi_connection: 3conv needs an embed_dim of at least 4");
  }
}

at::Tensor convolved(const at::Tensor& features, const Layer& layer) {
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, layer.weight.size(2) / 2);
}

}  // namespace

WindowNetwork::WindowNetwork(const arch::WindowOptions& options, int scale, std::uint64_t seed)
    : Network(scale),
      options_(options),
      window_{options.window_size, options.window_size},
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  require_possible(options);
  mean_ = add_constant(torch::tensor(at::ArrayRef<float>(kMeanColour)).view({1, 3, 1, 1}));
  derived_positions_ = relative_positions(window_);
  positions_ = add_constant(derived_positions_.clone());
  derived_mask_ = shift_mask(options.img_size, options.img_size, window_, at::kCPU);
}

void WindowNetwork::add_head() {
  first_ = add_conv("conv_first", options_.in_chans, options_.embed_dim, 3);
  if (options_.patch_norm) {
    patch_norm_ = add_norm("patch_embed.norm", options_.embed_dim);
  }
}

void WindowNetwork::add_tail(int middle) {
  norm_ = add_norm("norm", options_.embed_dim);
  after_body_ = add_connection("conv_after_body");
  const WindowTail::Settings settings{options_.upsampler, scale_, options_.embed_dim, middle,
                                      options_.in_chans};
  tail_ = std::make_unique<WindowTail>(settings, generator_);
  add_part("", *tail_);
}

Layer WindowNetwork::add_norm(const std::string& name, int features) {
  return add_layer(name, {torch::ones({features}), torch::zeros({features})});
}

Layer WindowNetwork::add_linear(const std::string& name, int inputs, int outputs, bool bias) {
  return add_layer(name, {truncated_normal({outputs, inputs}, kDeviation, generator_),
                          bias ? torch::zeros({outputs}) : at::Tensor()});
}

Layer WindowNetwork::add_conv(const std::string& name, int inputs, int outputs, int side) {
  return add_layer(name, default_layer({outputs, inputs, side, side}, true, generator_));
}

at::Tensor WindowNetwork::add_table(const std::string& name, std::int64_t rows, int heads) {
  return add_parameter(name + ".relative_position_bias_table",
                       truncated_normal({rows, heads}, kDeviation, generator_));
}

WindowNetwork::Attention WindowNetwork::add_attention(const std::string& name, int features,
                                                      int heads, bool shifted) {
  Attention attention;
  attention.heads = heads;
  attention.shifted = shifted;
  attention.table = add_table(name, (2 * window_.height - 1) * (2 * window_.width - 1), heads);
  attention.qkv = add_linear(name + ".qkv", features, 3 * features, options_.qkv_bias);
  attention.proj = add_linear(name + ".proj", features, features);
  return attention;
}

WindowNetwork::Perceptron WindowNetwork::add_perceptron(const std::string& name, int features,
                                                        double ratio) {
  const int inside = static_cast<int>(features * ratio);
  if (inside < 1) {
    throw ConfigError(
        fmt::format("network_g: mlp_ratio: {} of {} features leaves none", ratio, features));
  }
  Perceptron perceptron;
  perceptron.first = add_linear(name + ".fc1", features, inside);
  perceptron.second = add_linear(name + ".fc2", inside, features);
  return perceptron;
}

WindowNetwork::SwinBlock WindowNetwork::add_swin_block(const std::string& name,
                                                       const SwinShape& shape) {
  SwinBlock block;
  block.parameters.begin = parameters().size();
  block.norm1 = add_norm(name + ".norm1", shape.features);
  block.attention = add_attention(name + ".attn", shape.features, shape.heads, shape.shifted);
  block.norm2 = add_norm(name + ".norm2", shape.features);
  block.perceptron = add_perceptron(name + ".mlp", shape.features, shape.mlp_ratio);
  block.parameters.end = parameters().size();
  block.branch = add_branch(shape.drop_rate);
  add_branch(shape.drop_rate);
  add_derived(name + ".attn.relative_position_index", derived_positions_);
  if (shape.shifted) {
    add_derived(name + ".attn_mask", derived_mask_);
  }
  return block;
}

WindowNetwork::Connection WindowNetwork::add_connection(const std::string& name) {
  const int features = options_.embed_dim;
  const int inside = features / 4;
  switch (options_.resi_connection) {
    case ResidualConnection::kOneConv:
      return {{add_conv(name, features, features, 3)}};
    case ResidualConnection::kThreeConvs:
      return {{add_conv(name + ".0", features, inside, 3), add_conv(name + ".2", inside, inside, 1),
               add_conv(name + ".4", inside, features, 3)}};
    case ResidualConnection::kIdentity:
      break;
  }
  return {};
}

std::size_t WindowNetwork::add_branch(double drop_rate) {
  drop_rates_.push_back(drop_rate);
  return drop_rates_.size() - 1;
}

void WindowNetwork::add_derived(const std::string& name, const at::Tensor& value) {
  derived_names_.push_back(name);
  derived_.push_back(value);
}

NamedTensors WindowNetwork::derived_tensors(const std::vector<at::Tensor>& /*parameters*/) const {
  NamedTensors tensors;
  for (std::size_t i = 0; i < derived_.size(); ++i) {
    tensors.push_back({derived_names_[i], derived_[i]});
  }
  return tensors;
}

double WindowNetwork::drop_rate_of(int index) const {
  const int blocks = std::accumulate(options_.depths.begin(), options_.depths.end(), 0);
  return blocks > 1 ? options_.drop_path_rate * index / (blocks - 1) : 0;
}

at::Tensor WindowNetwork::normalized(const at::Tensor& pixels, const Layer& norm) {
  return at::layer_norm(pixels, {pixels.size(-1)}, norm.weight, norm.bias, kNormEpsilon);
}

at::Tensor WindowNetwork::through(const Perceptron& perceptron, const at::Tensor& pixels) {
  const Layer& first = perceptron.first;
  const Layer& second = perceptron.second;
  return at::linear(at::gelu(at::linear(pixels, first.weight, first.bias)), second.weight,
                    second.bias);
}

at::Tensor WindowNetwork::through(const Attention& attention, const at::Tensor& pixels,
                                  const Pass& pass) const {
  const std::int64_t down = window_.height / 2;
  const std::int64_t right = window_.width / 2;
  const std::int64_t channels = pixels.size(3);
  const at::Tensor rolled = attention.shifted ? at::roll(pixels, {-down, -right}, {1, 2}) : pixels;
  const at::Tensor qkv =
      at::linear(to_windows(rolled, window_), attention.qkv.weight, attention.qkv.bias)
          .view({-1, window_.area(), 3, attention.heads, channels / attention.heads})
          .permute({2, 0, 3, 1, 4});
  const double scale = 1 / std::sqrt(static_cast<double>(channels / attention.heads));
  const at::Tensor attended =
      attend(qkv[0] * scale, qkv[1], qkv[2], position_bias(attention.table, pass.bias_positions),
             attention.shifted ? pass.mask : at::Tensor());
  const at::Tensor joined =
      at::linear(attended.transpose(1, 2).flatten(2), attention.proj.weight, attention.proj.bias);
  const at::Tensor whole = from_windows(joined, window_, pixels.sizes());
  return attention.shifted ? at::roll(whole, {down, right}, {1, 2}) : whole;
}

at::Tensor WindowNetwork::through(const SwinBlock& block, const at::Tensor& pixels,
                                  const Pass& pass) const {
  const auto both_halves = [this, &block, pass](const at::Tensor& input) {
    const at::Tensor attended = through(block.attention, normalized(input, block.norm1), pass);
    const at::Tensor middle = input + kept(attended, block.branch, pass);
    return middle +
           kept(through(block.perceptron, normalized(middle, block.norm2)), block.branch + 1, pass);
  };
  return computed(block.parameters, both_halves, pixels);
}

at::Tensor WindowNetwork::through(const Connection& connection, const at::Tensor& pixels) const {
  at::Tensor features = pixels.permute({0, 3, 1, 2});
  for (std::size_t i = 0; i < connection.layers.size(); ++i) {
    features = convolved(features, connection.layers[i]);
    if (i + 1 < connection.layers.size()) {
      features = at::leaky_relu_(features, kLeakySlope);
    }
  }
  return features.permute({0, 2, 3, 1});
}

at::Tensor WindowNetwork::kept(const at::Tensor& output, std::size_t branch,
                               const Pass& pass) const {
  if (!pass.kept.defined() || drop_rates_[branch] <= 0) {
    return output;
  }
  const at::Tensor factors = pass.kept[static_cast<std::int64_t>(branch)];
  return output * factors.view({-1, 1, 1, 1}).to(output.scalar_type());
}

at::Tensor WindowNetwork::computed(const Parameters& range, const Block& block,
                                   const at::Tensor& pixels) const {
  if (!options_.use_checkpoint) {
    return block(pixels);
  }
  std::vector<at::Tensor> tensors;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    tensors.push_back(parameters()[i].tensor);
  }
  return recomputed(block, pixels, tensors);
}

at::Tensor WindowNetwork::run(const at::Tensor& lq, const at::Tensor& kept) const {
  const at::Tensor images = (pad_to_multiple(lq, window_.height) - mean_) * options_.img_range;
  const at::Tensor first = convolved(images, first_);
  at::Tensor pixels = first.permute({0, 2, 3, 1}).contiguous();
  if (options_.patch_norm) {
    pixels = normalized(pixels, patch_norm_);
  }
  const Pass pass{kept, shift_mask(images.size(2), images.size(3), window_, lq.device()),
                  positions_};
  pixels = through(after_body_, normalized(body(pixels, pass), norm_));
  const at::Tensor features = pixels.permute({0, 3, 1, 2}) + first;
  at::Tensor output = (*tail_)(features);
  if (options_.upsampler == arch::WindowUpsampler::kNone) {
    output = images + output;
  }
  output = output / options_.img_range + mean_;
  return output.narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace sr
