#include "nn/escrealm.h"

#include <cmath>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <torch/torch.h>

#include "nn/conv_network.h"
#include "nn/convolved.h"
#include "nn/fold.h"
#include "nn/large_kernel_conv.h"
#include "nn/pixel_norm.h"
#include "nn/plain_operators.h"
#include "nn/uni_upsampler.h"
#include "nn/window_attention.h"

namespace sr {
namespace {

using arch::EscRealMOptions;

constexpr std::int64_t kDynamicSide = 3;
constexpr std::int64_t kSkipSide = 7;
constexpr double kLeakySlope = 0.2;
constexpr double kBiasDeviation = 0.001;

/// torch.nn.init.orthogonal_ of a kernel [A, B, k, k]: its rows, or columns where there are fewer
/// of them, have length 1 and are at right angles.
at::Tensor orthogonal(at::IntArrayRef shape, at::Generator& generator) {
  const std::int64_t rows = shape[0];
  const std::int64_t columns = shape[1] * shape[2] * shape[3];
  at::Tensor matrix = torch::empty({rows, columns}).normal_(0, 1, generator);
  if (rows < columns) {
    matrix = matrix.t();
  }
  const auto [q, r] = at::linalg_qr(matrix);
  const at::Tensor signed_q = q * r.diagonal().sign();
  return (rows < columns ? signed_q.t() : signed_q).contiguous().view(shape);
}

/// The mean of a square kernel in its eight orientations.
at::Tensor in_all_orientations(const at::Tensor& kernel) {
  constexpr double kOrientations = 8;
  at::Tensor sum = kernel + kernel.transpose(2, 3);
  sum = sum + sum.flip({3});
  return (sum + sum.flip({2})) / kOrientations;
}

/// A depthwise convolution with kernels of its own for each image: [N C, 1, 3, 3].
at::Tensor convolved_by_own(const at::Tensor& images, const at::Tensor& kernels) {
  const std::int64_t n = images.size(0), c = images.size(1), h = images.size(2), w = images.size(3);
  if (!plain_operators()) {
    return convolved(images.reshape({1, n * c, h, w}), {kernels, {}}).reshape(images.sizes());
  }
  // A convolution of a graph has one number of groups, whatever the number of images.
  const at::Tensor padded = at::constant_pad_nd(images, {1, 1, 1, 1});
  const at::Tensor factors = kernels.reshape({n, c, kDynamicSide * kDynamicSide, 1});
  at::Tensor sum;
  for (std::int64_t y = 0; y < kDynamicSide; ++y) {
    for (std::int64_t x = 0; x < kDynamicSide; ++x) {
      const at::Tensor part =
          padded.narrow(2, y, h).narrow(3, x, w) * factors.narrow(2, y * kDynamicSide + x, 1);
      sum = sum.defined() ? sum + part : part;
    }
  }
  return sum;
}

class EscRealM final : public ConvNetwork {
 public:
  EscRealM(const EscRealMOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return options_.window_size * static_cast<int>(fold_); }

 private:
  struct FeedForward {
    Layer widen, depthwise, narrow;
  };
  struct Attention {
    at::Tensor bias;  ///< [heads, relative positions]
    Layer in, out;
  };
  struct Part {
    Layer norm, squeeze, kernel, mix;
    FeedForward feed_forward;
  };
  struct Block {
    Layer first_norm, attention_norm, last_norm, last;
    FeedForward first;
    Attention attention;
    std::vector<Part> parts;
  };

  Layer add_pointwise(const std::string& name, std::int64_t inputs, std::int64_t outputs) {
    return add_conv(name, {outputs, inputs, 1, 1});
  }
  FeedForward add_feed_forward(const std::string& name, std::int64_t hidden);
  void add_parts(const std::string& name, Block& block);
  Block add_block(const std::string& name);
  void add_skip();

  static at::Tensor through(const FeedForward& layers, const at::Tensor& features);
  at::Tensor through(const Attention& attention, const at::Tensor& features) const;
  at::Tensor mixed(const Part& part, const at::Tensor& features, const Layer& large) const;
  at::Tensor through(const Block& block, const at::Tensor& features, const Layer& large) const;
  at::Tensor past_blocks(const at::Tensor& images) const;

  EscRealMOptions options_;
  std::int64_t fold_;
  at::Tensor positions_;  ///< a constant: rows of relative positions, [area, area]
  at::Tensor kernel_;     ///< the large one
  Layer first_;
  Layer skip_widen_, skip_depthwise_, skip_narrow_;
  std::vector<Block> blocks_;
  Layer last_;
  std::unique_ptr<UniUpsampler> upsampler_;
};

EscRealM::EscRealM(const EscRealMOptions& options, int scale, std::uint64_t seed)
    : ConvNetwork(scale, seed), options_(options), fold_(options.fold(scale)) {
  const Window window{options.window_size, options.window_size};
  // From a query to a key, where Swin's are from a key to a query.
  positions_ = add_constant(relative_positions(window).t().contiguous());
  const std::int64_t side = options.kernel_size;
  kernel_ = add_parameter("plk_filter",
                          orthogonal({options.pdim, options.pdim, side, side}, generator()));
  first_ = add_conv(fold_ > 1 ? "proj.1" : "proj", {options.dim, arch::kRgb * fold_ * fold_, 3, 3});
  add_skip();
  for (int i = 0; i < options.n_blocks; ++i) {
    blocks_.push_back(add_block("blocks." + std::to_string(i) + "."));
  }
  last_ = add_conv("last", {options.dim, options.dim, 3, 3});
  upsampler_ = std::make_unique<UniUpsampler>(
      UniUpsampler::Settings{options.upsampler, scale * static_cast<int>(fold_), options.dim,
                             arch::kRgb, options.mid_dim},
      generator());
  add_part("to_img.", *upsampler_);
}

void EscRealM::add_skip() {
  const std::int64_t wide = 2 * options_.dim;
  int index = fold_ > 1 ? 1 : 0;  // the pixel unshuffle takes one
  const auto next = [&](int modules) {
    const std::string name = "skip." + std::to_string(index);
    index += modules;
    return name;
  };
  skip_widen_ = add_pointwise(next(1), arch::kRgb * fold_ * fold_, wide);
  skip_depthwise_ = add_conv(next(2), {wide, 1, kSkipSide, kSkipSide});
  skip_narrow_ = add_pointwise(next(1), wide, options_.dim);
}

EscRealM::FeedForward EscRealM::add_feed_forward(const std::string& name, std::int64_t hidden) {
  FeedForward layers;
  layers.widen = add_pointwise(name + "proj", options_.dim, hidden);
  layers.depthwise = add_conv(name + "dwc", {hidden, 1, 3, 3});
  layers.narrow = add_pointwise(name + "aggr", hidden, options_.dim);
  return layers;
}

void EscRealM::add_parts(const std::string& name, Block& block) {
  const auto amount = static_cast<std::size_t>(options_.conv_blocks);
  const std::int64_t seen = options_.pdim;
  block.parts.resize(amount);
  for (std::size_t i = 0; i < amount; ++i) {
    block.parts[i].norm = add_norm(name + "lns." + std::to_string(i), options_.dim);
  }
  for (std::size_t i = 0; i < amount; ++i) {
    const std::string own = name + "pconvs." + std::to_string(i) + ".";
    block.parts[i].squeeze = add_pointwise(own + "plk.dwc_proj.1", seen, seen / 2);
    const std::int64_t numbers = seen * kDynamicSide * kDynamicSide;
    block.parts[i].kernel = add_layer(
        own + "plk.dwc_proj.3", {torch::zeros({numbers, seen / 2, 1, 1}), torch::zeros({numbers})});
    block.parts[i].mix = add_pointwise(own + "aggr", options_.dim, options_.dim);
  }
  for (std::size_t i = 0; i < amount; ++i) {
    block.parts[i].feed_forward =
        add_feed_forward(name + "convffns." + std::to_string(i) + ".", options_.hidden());
  }
}

EscRealM::Block EscRealM::add_block(const std::string& name) {
  const std::int64_t dim = options_.dim;
  const std::int64_t reach = 2 * options_.window_size - 1;
  Block block;
  block.first_norm = add_norm(name + "ln_proj", dim);
  block.first = add_feed_forward(name + "proj.", 2 * dim);
  block.attention_norm = add_norm(name + "ln_attn", dim);
  block.attention.bias = add_parameter(
      name + "attn.relative_position_bias",
      torch::empty({options_.num_heads, reach * reach}).normal_(0, kBiasDeviation, generator()));
  block.attention.in = add_pointwise(name + "attn.to_qkv", dim, 3 * dim);
  block.attention.out = add_pointwise(name + "attn.to_out", dim, dim);
  add_parts(name, block);
  block.last_norm = add_norm(name + "ln_out", dim);
  block.last = add_conv(name + "conv_out", {dim, dim, 3, 3});
  return block;
}

at::Tensor EscRealM::through(const FeedForward& layers, const at::Tensor& features) {
  const at::Tensor wide = at::gelu(convolved(features, layers.widen));
  return convolved(at::gelu(convolved(wide, layers.depthwise)) + wide, layers.narrow);
}

at::Tensor EscRealM::through(const Attention& attention, const at::Tensor& features) const {
  const Window window{options_.window_size, options_.window_size};
  const at::Tensor whole = pad_to_multiple(features, options_.window_size);
  const at::Tensor pixels = convolved(whole, attention.in).permute({0, 2, 3, 1});
  const std::int64_t heads = options_.num_heads;
  std::vector<at::Tensor> parts;
  for (const at::Tensor& part : to_windows(pixels, window).chunk(3, 2)) {
    parts.push_back(part.reshape({part.size(0), window.area(), heads, -1}).transpose(1, 2));
  }
  const at::Tensor bias = position_bias(attention.bias.t(), positions_);
  const double share = 1 / std::sqrt(static_cast<double>(parts[0].size(3)));
  const at::Tensor seen =
      features.is_cuda() && !at::globalContext().deterministicAlgorithms()
          ? at::scaled_dot_product_attention(parts[0], parts[1], parts[2],
                                             bias.unsqueeze(0).to(parts[0].scalar_type()))
          : attend(parts[0] * share, parts[1], parts[2], bias, {});
  const at::Tensor windows =
      seen.transpose(1, 2).reshape({seen.size(0), window.area(), options_.dim});
  return convolved(from_windows(windows, window, pixels.sizes())
                       .permute({0, 3, 1, 2})
                       .narrow(2, 0, features.size(2))
                       .narrow(3, 0, features.size(3)),
                   attention.out);
}

at::Tensor EscRealM::mixed(const Part& part, const at::Tensor& features, const Layer& large) const {
  const std::int64_t seen = options_.pdim;
  const at::Tensor some = features.narrow(1, 0, seen);
  const at::Tensor mean = some.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true);
  const at::Tensor kernels = convolved(at::gelu(convolved(mean, part.squeeze)), part.kernel)
                                 .reshape({features.size(0) * seen, 1, kDynamicSide, kDynamicSide});
  const at::Tensor by_own = convolved_by_own(some, kernels);
  const at::Tensor rest = features.narrow(1, seen, features.size(1) - seen);
  return convolved(at::cat({large_kernel_conv(some, large) + by_own, rest}, 1), part.mix);
}

at::Tensor EscRealM::through(const Block& block, const at::Tensor& features,
                             const Layer& large) const {
  at::Tensor inside = through(block.first, layer_norm_of_pixels(features, block.first_norm));
  inside = inside + through(block.attention, layer_norm_of_pixels(inside, block.attention_norm));
  for (const Part& part : block.parts) {
    const at::Tensor fed = through(part.feed_forward, layer_norm_of_pixels(inside, part.norm));
    inside = inside + mixed(part, fed, large);
  }
  return convolved(layer_norm_of_pixels(inside, block.last_norm), block.last) + features;
}

at::Tensor EscRealM::past_blocks(const at::Tensor& images) const {
  constexpr std::int64_t kMargin = kSkipSide / 2;
  const at::Tensor wide =
      pad_by_reflection(convolved(images, skip_widen_), {kMargin, kMargin, kMargin, kMargin});
  const at::Tensor seen = at::conv2d(wide, skip_depthwise_.weight, skip_depthwise_.bias,
                                     /*stride=*/1, at::IntArrayRef{0, 0},
                                     /*dilation=*/1, /*groups=*/wide.size(1));
  return convolved(at::leaky_relu(seen, kLeakySlope), skip_narrow_);
}

at::Tensor EscRealM::forward(const at::Tensor& lq) const {
  at::Tensor images = pad_to_multiple(lq, fold_);
  images = fold_ > 1 ? at::pixel_unshuffle(images, fold_) : images;
  const at::Tensor first = convolved(images, first_);
  const Layer large{in_all_orientations(kernel_),
                    at::zeros({options_.pdim}, kernel_.options().requires_grad(false))};
  at::Tensor features = first;
  for (const Block& block : blocks_) {
    features = through(block, features, large);
  }
  features = convolved(features, last_) + first + past_blocks(images);
  return (*upsampler_)(features)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::EscRealMOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<EscRealM>(options, scale, seed);
}

}  // namespace sr
