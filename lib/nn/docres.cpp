#include "nn/docres.h"

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/block_network.h"
#include "nn/fold.h"
#include "nn/gated_attention.h"
#include "nn/pixel_norm.h"

namespace sr {
namespace {

using arch::DocResOptions;
using Norm = DocResOptions::Norm;

constexpr std::size_t kGrids = DocResOptions::kGrids;
constexpr std::int64_t kStep = 2;  ///< from one grid to the next
constexpr double kEpsilon = 1e-5;  ///< of norms

class DocRes final : public BlockNetwork {
 public:
  DocRes(const DocResOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return DocResOptions::grid(); }

 private:
  struct Block {
    Layer norm1, norm2;  ///< without a bias: BiasFree
    GatedAttention attention;
    GatedConv gate;
    Parameters parameters;
  };
  using Level = std::vector<Block>;
  struct WayUp {
    Layer step, joined;
    Level blocks;
  };

  Layer add_block_norm(const std::string& name, int width);
  Block add_block(const std::string& name, int width, int heads);
  Level add_blocks(const std::string& name, std::size_t grid, int amount);

  static at::Tensor through(const Block& block, const at::Tensor& features);
  at::Tensor through(const Level& level, const at::Tensor& features) const;

  DocResOptions options_;
  Layer first_, last_;
  std::array<Level, kGrids> down_;
  std::array<Layer, kGrids - 1> steps_down_;
  std::array<WayUp, kGrids - 1> up_;  ///< the coarsest first
  Level refinement_;
};

DocRes::DocRes(const DocResOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork({.features = options.dim,
                    .depths = options.num_blocks,
                    .computed_twice = options.use_checkpoint},
                   scale, seed),
      options_(options) {
  const auto width_of = [&](std::size_t grid) { return options.dim << grid; };
  first_ =
      add_conv("patch_embed.proj", {options.dim, options.inp_channels + options.places(), 3, 3},
               /*bias=*/false);
  for (std::size_t grid = 0; grid < kGrids; ++grid) {
    const bool coarsest = grid + 1 == kGrids;
    down_[grid] = add_blocks(coarsest ? "latent." : fmt::format("encoder_level{}.", grid + 1), grid,
                             options.num_blocks[grid]);
    if (!coarsest) {
      const int width = width_of(grid);
      steps_down_[grid] = add_conv(fmt::format("down{}_{}.body.0", grid + 1, grid + 2),
                                   {width / 2, width, 3, 3}, /*bias=*/false);
    }
  }
  for (std::size_t i = 0; i < up_.size(); ++i) {
    const std::size_t grid = kGrids - 2 - i;
    const int width = width_of(grid);
    WayUp& way = up_[i];
    way.step = add_conv(fmt::format("up{}_{}.body.0", grid + 2, grid + 1),
                        {4 * width, 2 * width, 3, 3}, /*bias=*/false);
    way.joined = add_conv(fmt::format("reduce_chan_level{}", grid + 1), {width, 2 * width, 1, 1},
                          options.bias);
    way.blocks =
        add_blocks(fmt::format("decoder_level{}.", grid + 1), grid, options.num_blocks[grid]);
  }
  refinement_ = add_blocks("refinement.", 0, options.num_refinement_blocks);
  last_ = add_conv("output", {options.out_channels, options.dim, 3, 3}, options.bias);
}

Layer DocRes::add_block_norm(const std::string& name, int width) {
  const bool with_bias = options_.layer_norm_type == Norm::kWithBias;
  return add_layer(name + ".body",
                   {torch::ones({width}), with_bias ? torch::zeros({width}) : at::Tensor()});
}

DocRes::Block DocRes::add_block(const std::string& name, int width, int heads) {
  const int inside = static_cast<int>(width * options_.ffn_expansion_factor);
  Block block;
  block.parameters.begin = parameters().size();
  block.norm1 = add_block_norm(name + "norm1", width);
  GatedAttention& attention = block.attention;
  attention.of_pixels = false;
  attention.temperature = add_parameter(name + "attn.temperature", torch::ones({heads, 1, 1}));
  attention.widen = add_conv(name + "attn.qkv", {3 * width, width, 1, 1}, options_.bias);
  attention.depthwise = add_conv(name + "attn.qkv_dwconv", {3 * width, 1, 3, 3}, options_.bias);
  attention.narrow = add_conv(name + "attn.project_out", {width, width, 1, 1}, options_.bias);
  block.norm2 = add_block_norm(name + "norm2", width);
  block.gate = add_gated_conv(name + "ffn", width, inside, {.bias = options_.bias});
  block.parameters.end = parameters().size();
  return block;
}

DocRes::Level DocRes::add_blocks(const std::string& name, std::size_t grid, int amount) {
  Level level;
  for (int i = 0; i < amount; ++i) {
    level.push_back(
        add_block(fmt::format("{}{}.", name, i), options_.dim << grid, options_.heads[grid]));
  }
  return level;
}

/// Divided by the deviation over the channels of a pixel, without another mean, computed in the
/// weight's type.
at::Tensor divided_by_deviation(const at::Tensor& features, const at::Tensor& weight) {
  const at::Tensor exact = features.to(weight.scalar_type());
  const at::Tensor variance = (exact - exact.mean(1, /*keepdim=*/true)).square().mean(1, true);
  return (exact * (variance + kEpsilon).rsqrt() * weight.view({-1, 1, 1}))
      .to(features.scalar_type());
}

at::Tensor normal(const at::Tensor& features, const Layer& norm) {
  return norm.bias.defined() ? layer_norm_of_pixels(features, norm, kEpsilon)
                             : divided_by_deviation(features, norm.weight);
}

at::Tensor DocRes::through(const Block& block, const at::Tensor& features) {
  const at::Tensor middle = features + block.attention(normal(features, block.norm1));
  return middle + gated_conv(normal(middle, block.norm2), block.gate);
}

at::Tensor DocRes::through(const Level& level, const at::Tensor& features) const {
  return computed_in_turn(level, features, [](const Block& block, const at::Tensor& input) {
    return through(block, input);
  });
}

/// The place of each pixel along `axis` of images, from -1 to 1: [N, 1, H, W].
at::Tensor places_along(const at::Tensor& images, std::int64_t axis) {
  const at::Tensor numbers = at::arange(images.size(axis), images.options());
  const at::Tensor places = numbers * 2 / numbers.amax() - 1;
  return places.view(axis == 3 ? at::IntArrayRef{1, 1, 1, -1} : at::IntArrayRef{1, 1, -1, 1})
      .expand({images.size(0), 1, images.size(2), images.size(3)});
}

at::Tensor DocRes::forward(const at::Tensor& lq) const {
  at::Tensor images = pad_to_multiple(lq, DocResOptions::grid());
  if (options_.places() > 0) {
    images = at::cat({images, places_along(images, 3), places_along(images, 2)}, 1);
  }
  at::Tensor features = through(down_.front(), convolved(images, first_));
  std::vector<at::Tensor> passed;
  for (std::size_t grid = 0; grid + 1 < kGrids; ++grid) {
    passed.push_back(features);
    features = through(down_[grid + 1],
                       at::pixel_unshuffle(convolved(features, steps_down_[grid]), kStep));
  }
  for (const WayUp& way : up_) {
    const at::Tensor fine = at::pixel_shuffle(convolved(features, way.step), kStep);
    features = through(way.blocks, convolved(at::cat({fine, passed.back()}, 1), way.joined));
    passed.pop_back();
  }
  return convolved(through(refinement_, features), last_)
      .narrow(2, 0, lq.size(2))
      .narrow(3, 0, lq.size(3))
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::DocResOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<DocRes>(options, scale, seed);
}

}  // namespace sr
