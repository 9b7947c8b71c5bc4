#include "nn/atd.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "nn/fold.h"
#include "nn/window_network.h"

namespace sr {
namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr double kFirstScale = 0.5;
constexpr double kFirstSharpness = 10;
constexpr double kLargestSharpness = 100;

class Atd final : public WindowNetwork {
 public:
  Atd(const arch::AtdOptions& options, int scale, std::uint64_t seed);

 private:
  struct Block {
    at::Tensor sigma;  ///< undefined in the last block of a group, which does not renew
    Layer norm1, norm2, norm3;
    Layer qkv;
    at::Tensor table;  ///< of relative positions
    Layer of_windows;
    at::Tensor scale;  ///< of the dictionary's entries
    Layer query, key, value;
    at::Tensor sharpness;  ///< its logarithm
    Layer of_categories;
    Layer widen, depthwise, narrow;
    std::int64_t heads = 1;
    bool shifted = false;
    Parameters parameters;
  };
  struct Group {
    at::Tensor dictionary;
    std::vector<Block> blocks;
    Connection connection;
  };
  /// What goes from block to block: pixels [N, H W, C] and entries [N, tokens, C].
  struct State {
    at::Tensor pixels, dictionary;
  };

  using WindowNetwork::through;

  void add_attentions(const std::string& name, Block& block);
  Block add_block(const std::string& name, int heads, bool shifted, bool renews);

  at::Tensor padded(const at::Tensor& images) const override;
  at::Tensor body(const at::Tensor& pixels, const Pass& pass) const override;
  /// `qkv`: [N, H, W, 3 C]; the result is [N, H W, C].
  at::Tensor by_windows(const Block& block, const at::Tensor& qkv, const Pass& pass) const;
  /// `similarity`: of pixels and entries, [N, H W, tokens].
  at::Tensor by_categories(const Block& block, const at::Tensor& qkv,
                           const at::Tensor& similarity) const;
  State through(const Block& block, const State& state, at::IntArrayRef sizes,
                const Pass& pass) const;
  State computed_state(const Block& block, const State& state, at::IntArrayRef sizes,
                       const Pass& pass) const;

  arch::AtdOptions own_;
  std::vector<Group> groups_;
};

/// Without `norm` nothing is multiplied, either.
arch::WindowOptions frame_of(const arch::AtdOptions& options) {
  arch::WindowOptions frame = options;
  frame.img_range = options.norm ? options.img_range : 1;
  return frame;
}

Atd::Atd(const arch::AtdOptions& options, int scale, std::uint64_t seed)
    : WindowNetwork(frame_of(options), scale, seed), own_(options) {
  constexpr int kMiddle = 64;
  if (!options.norm) {
    at::Tensor(mean_colour()).zero_();
    add_buffer("no_norm", torch::zeros({1}));
  }
  add_derived("relative_position_index_SA", relative_positions(window()));
  add_head();
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    const std::string name = "layers." + std::to_string(i);
    const int depth = options.depths[i];
    Group group;
    group.dictionary = add_parameter(
        name + ".residual_group.td",
        torch::empty({options.num_tokens, options.embed_dim}).normal_(0, 1, generator()));
    for (int k = 0; k < depth; ++k) {
      group.blocks.push_back(add_block(name + ".residual_group.layers." + std::to_string(k) + ".",
                                       options.num_heads[i], k % 2 == 1, k + 1 < depth));
    }
    group.connection = add_connection(name + ".conv");
    groups_.push_back(std::move(group));
  }
  add_tail(kMiddle);
}

void Atd::add_attentions(const std::string& name, Block& block) {
  const int dim = own_.embed_dim;
  const int side = own_.window_size;
  const bool bias = own_.qkv_bias;
  const int rows = (2 * side - 1) * (2 * side - 1);
  block.qkv = add_linear(name + "wqkv", dim, 3 * dim, bias);
  block.table = add_table(name + "attn_win", rows, static_cast<int>(block.heads));
  block.of_windows = add_linear(name + "attn_win.proj", dim, dim);
  block.scale = add_parameter(name + "attn_atd.scale", torch::full({own_.num_tokens}, kFirstScale));
  block.query = add_linear(name + "attn_atd.wq", dim, own_.reducted_dim, bias);
  block.key = add_linear(name + "attn_atd.wk", dim, own_.reducted_dim, bias);
  block.value = add_linear(name + "attn_atd.wv", dim, dim, bias);
  block.sharpness =
      add_parameter(name + "attn_aca.logit_scale", torch::full({1, 1}, std::log(kFirstSharpness)));
  block.of_categories = add_linear(name + "attn_aca.proj", dim, dim, bias);
}

Atd::Block Atd::add_block(const std::string& name, int heads, bool shifted, bool renews) {
  const int dim = own_.embed_dim;
  const int inside = inside_perceptron(dim, own_.mlp_ratio);
  const std::int64_t side = own_.convffn_kernel_size;
  Block block;
  block.heads = heads;
  block.shifted = shifted;
  block.parameters.begin = parameters().size();
  if (renews) {
    block.sigma = add_parameter(name + "sigma", torch::zeros({own_.num_tokens, 1}));
  }
  block.norm1 = add_norm(name + "norm1", dim);
  block.norm2 = add_norm(name + "norm2", dim);
  if (renews) {
    block.norm3 = add_norm(name + "norm3", own_.num_tokens);
  }
  add_attentions(name, block);
  block.widen = add_linear(name + "convffn.fc1", dim, inside);
  block.depthwise = add_conv(name + "convffn.dwconv.depthwise_conv.0", {inside, 1, side, side});
  block.narrow = add_linear(name + "convffn.fc2", inside, dim);
  block.parameters.end = parameters().size();
  return block;
}

at::Tensor linear(const at::Tensor& pixels, const Layer& layer) {
  return at::linear(pixels, layer.weight, layer.bias);
}

at::Tensor Atd::padded(const at::Tensor& images) const {
  const auto missing = [&](std::int64_t side) {
    return (window().height - side % window().height) % window().height;
  };
  return pad_by_mirror(images, missing(images.size(2)), missing(images.size(3)));
}

at::Tensor Atd::by_windows(const Block& block, const at::Tensor& qkv, const Pass& pass) const {
  const std::int64_t head = own_.embed_dim / block.heads;
  const auto attention = [&](const at::Tensor& of_windows) {
    const at::Tensor parts =
        of_windows.view({-1, window().area(), 3, block.heads, head}).permute({2, 0, 3, 1, 4});
    const double scale = 1 / std::sqrt(static_cast<double>(head));
    const at::Tensor windows = attend(parts[0] * scale, parts[1], parts[2],
                                      position_bias(block.table, pass.bias_positions),
                                      block.shifted ? pass.mask : at::Tensor());
    return linear(windows.transpose(1, 2).flatten(2), block.of_windows);
  };
  return in_windows(qkv, window(), block.shifted, attention).flatten(1, 2);
}

/// values [N, n, C] in the order of places [N, n].
at::Tensor ordered(const at::Tensor& values, const at::Tensor& places) {
  return values.gather(1, places.unsqueeze(2).expand(values.sizes()));
}

at::Tensor Atd::by_categories(const Block& block, const at::Tensor& qkv,
                              const at::Tensor& similarity) const {
  const std::int64_t amount = qkv.size(1);
  const std::int64_t size = std::min<std::int64_t>(amount, own_.category_size);
  const std::int64_t pieces = (amount + size - 1) / size;
  const std::int64_t missing = pieces * size - amount;
  // Pixels of one entry keep the order in which they lie in the image.
  const at::Tensor order = std::get<1>(
      at::sort(similarity.argmax(-1), /*stable=*/true, /*dim=*/-1, /*descending=*/false));
  const at::Tensor sorted = ordered(qkv, order);
  const at::Tensor whole =
      missing > 0 ? at::cat({sorted, sorted.narrow(1, amount - missing, missing).flip(1)}, 1)
                  : sorted;
  const at::Tensor parts =
      whole.view({-1, pieces, size, 3, block.heads, own_.embed_dim / block.heads})
          .permute({3, 0, 1, 4, 2, 5});
  const at::Tensor sharpness = block.sharpness.clamp_max(std::log(kLargestSharpness)).exp();
  const at::Tensor scores = at::matmul(parts[0], parts[1].transpose(-2, -1)) * sharpness;
  const at::Tensor attended = at::matmul(at::softmax(scores, -1), parts[2])
                                  .transpose(2, 3)
                                  .flatten(3)
                                  .flatten(1, 2)
                                  .narrow(1, 0, amount);
  const at::Tensor places = at::arange(amount, order.options()).expand(order.sizes());
  const at::Tensor back = at::empty_like(order).scatter_(1, order, places);
  return linear(ordered(attended, back), block.of_categories);
}

Atd::State Atd::through(const Block& block, const State& state, at::IntArrayRef sizes,
                        const Pass& pass) const {
  const at::Tensor normal = normalized(state.pixels, block.norm1);
  const at::Tensor qkv = linear(normal, block.qkv);
  const at::Tensor sharpness =
      block.scale.clamp(0, 1) * std::log(static_cast<double>(own_.num_tokens)) + 1;
  const at::Tensor similarity =
      at::softmax(at::matmul(of_length_one(linear(normal, block.query)),
                             of_length_one(linear(state.dictionary, block.key)).transpose(1, 2)) *
                      sharpness,
                  -1);
  const at::Tensor looked_up = at::matmul(similarity, linear(state.dictionary, block.value));
  at::Tensor pixels =
      state.pixels +
      by_windows(block, qkv.view({sizes[0], sizes[1], sizes[2], qkv.size(2)}), pass) + looked_up +
      by_categories(block, qkv, similarity);
  const at::Tensor wide = at::gelu(linear(normalized(pixels, block.norm2), block.widen));
  const at::Tensor features =
      wide.transpose(1, 2).unflatten(2, at::IntArrayRef{sizes[1], sizes[2]});
  const at::Tensor near = at::gelu(at::conv2d(
      features, block.depthwise.weight, block.depthwise.bias, /*stride=*/1,
      block.depthwise.weight.size(2) / 2, /*dilation=*/1, block.depthwise.weight.size(0)));
  pixels = pixels + linear(wide + near.flatten(2).transpose(1, 2), block.narrow);
  if (!block.sigma.defined()) {
    return {pixels, {}};  // the group's last block: nobody looks anything up behind it
  }
  const at::Tensor standard =
      at::layer_norm(similarity.transpose(1, 2), {similarity.size(1)}, {}, {}, kNormEpsilon);
  const at::Tensor weights =
      at::softmax(standard * block.norm3.weight.unsqueeze(1) + block.norm3.bias.unsqueeze(1), -1);
  const at::Tensor share = block.sigma.sigmoid();
  return {pixels, share * state.dictionary + (1 - share) * at::matmul(weights, pixels)};
}

Atd::State Atd::computed_state(const Block& block, const State& state, at::IntArrayRef sizes,
                               const Pass& pass) const {
  const auto parts_of = [](const State& parts) {
    return parts.dictionary.defined() ? Tensors{parts.pixels, parts.dictionary}
                                      : Tensors{parts.pixels};
  };
  const Tensors output = computed(
      block.parameters,
      [this, &block, parts_of, pass, shape = sizes.vec()](const Tensors& inputs) {
        return parts_of(through(block, {inputs[0], inputs[1]}, shape, pass));
      },
      parts_of(state));
  return {output[0], output.size() > 1 ? output[1] : at::Tensor()};
}

at::Tensor Atd::body(const at::Tensor& pixels, const Pass& pass) const {
  at::Tensor features = pixels;
  for (const Group& group : groups_) {
    State state{features.flatten(1, 2), group.dictionary.expand({features.size(0), -1, -1})};
    for (const Block& block : group.blocks) {
      state = computed_state(block, state, features.sizes(), pass);
    }
    features = through(group.connection, state.pixels.reshape(features.sizes())) + features;
  }
  return features;
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::AtdOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Atd>(options, scale, seed);
}

}  // namespace sr
