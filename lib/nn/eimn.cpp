#include "nn/eimn.h"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/batch_norm.h"
#include "nn/block_network.h"
#include "nn/convolved.h"

namespace sr {
namespace {

constexpr double kFirstLayerScale = 1e-2;
constexpr double kNormEpsilon = 1e-6;

/// Features are [N, C, H, W].
class Eimn final : public BlockNetwork {
 public:
  Eimn(const arch::EimnOptions& options, int scale, std::uint64_t seed);

  at::Tensor forward(const at::Tensor& lq) const override {
    return run(lq, {}, Statistics::kRunning);
  }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const override {
    return run(lq, kept, options_.mixes_samples() ? Statistics::kBatch : Statistics::kRunning);
  }

 private:
  /// Values gated by what kernels of several sizes see.
  struct Regions {
    Layer region, wide, widest, fusion, value, query, out;
  };
  /// A gate, whose output is weighted by channel and by pixel.
  struct Gate {
    GatedConv conv;
    Layer norm, of_image, of_pixels, channels, places;
  };
  struct Block {
    at::Tensor scale1, scale2;
    std::optional<BatchNorm> norm1, norm2;
    Regions regions;
    Gate gate;
    std::size_t branch = 0;  ///< of the regions; the gate's is the next
  };
  struct Stage {
    std::vector<Block> blocks;
    Layer norm;
  };

  Layer add_depthwise(const std::string& name, int features, int side);
  Regions add_regions(const std::string& name);
  Gate add_gate(const std::string& name);
  Block add_block(const std::string& name, double drop_rate);

  static at::Tensor through(const Regions& regions, const at::Tensor& features);
  static at::Tensor weighted(const Gate& gate, const at::Tensor& features);
  at::Tensor run(const at::Tensor& lq, const at::Tensor& kept, Statistics statistics) const;

  arch::EimnOptions options_;
  Layer first_, last_;
  std::vector<Stage> stages_;
};

Eimn::Eimn(const arch::EimnOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork(
          {.features = options.embed_dims,
           .depths = std::vector<int>(static_cast<std::size_t>(options.num_stages), options.depths),
           .drop_path_rate = options.drop_path_rate},
          scale, seed),
      options_(options) {
  first_ = add_conv("head.0", arch::kRgb, options.embed_dims, 3);
  last_ = add_conv("tail.0", options.embed_dims, arch::kRgb * scale * scale, 3);
  int index = 0;
  for (int i = 1; i <= options.num_stages; ++i) {
    Stage stage;
    for (int k = 0; k < options.depths; ++k, ++index) {
      stage.blocks.push_back(add_block(fmt::format("block{}.{}", i, k), drop_rate_of(index)));
    }
    stage.norm = add_norm(fmt::format("norm{}", i), options.embed_dims);
    stages_.push_back(std::move(stage));
  }
}

Layer Eimn::add_depthwise(const std::string& name, int features, int side) {
  return add_conv(name, {features, 1, side, side});
}

Eimn::Regions Eimn::add_regions(const std::string& name) {
  const int width = options_.embed_dims;
  Regions regions;
  regions.region = add_depthwise(name + ".region", width, 5);
  regions.wide = add_depthwise(name + ".spatial_1", width * 3 / 8, 5);
  regions.widest = add_depthwise(name + ".spatial_2", width / 2, 7);
  regions.fusion = add_conv(name + ".fusion", width, width, 1);
  regions.value = add_conv(name + ".proj_value.0", width, width, 1);
  regions.query = add_conv(name + ".proj_query.0", width, width, 1);
  regions.out = add_conv(name + ".out", width, width, 1);
  return regions;
}

Eimn::Gate Eimn::add_gate(const std::string& name) {
  const int width = options_.embed_dims;
  const int inside = static_cast<int>(width * options_.mlp_ratios);
  const int narrow = width / 4;
  const std::string weights = name + ".DFFM.";
  Gate gate;
  gate.conv = add_gated_conv(name, width, inside, {".linear_in", ".SAL", ".linear_out", true});
  gate.norm = add_norm(weights + "norm", width);
  gate.of_image = add_conv(weights + "global_reduce", width, narrow, 1);
  gate.of_pixels = add_conv(weights + "local_reduce", width, narrow, 1);
  gate.channels = add_conv(weights + "channel_expand", narrow, width, 1);
  gate.places = add_conv(weights + "spatial_expand", 2 * narrow, 1, 1);
  return gate;
}

Eimn::Block Eimn::add_block(const std::string& name, double drop_rate) {
  const int width = options_.embed_dims;
  const auto scale = [&](const char* which) {
    return add_parameter(name + which, torch::full({width}, kFirstLayerScale));
  };
  Block block;
  block.scale1 = scale(".layer_scale_1");
  block.scale2 = scale(".layer_scale_2");
  block.norm1.emplace(width);
  add_part(name + ".norm1.", *block.norm1);
  block.regions = add_regions(name + ".attn");
  block.norm2.emplace(width);
  add_part(name + ".norm2.", *block.norm2);
  block.gate = add_gate(name + ".mlp");
  block.branch = add_branch(drop_rate);
  add_branch(drop_rate);
  return block;
}

at::Tensor Eimn::through(const Regions& regions, const at::Tensor& features) {
  const std::int64_t wide = regions.wide.weight.size(0);
  const std::int64_t widest = regions.widest.weight.size(0);
  const at::Tensor query = convolved(at::gelu(convolved(features, regions.query)), regions.region);
  const std::vector<at::Tensor> parts =
      query.split_with_sizes({wide, query.size(1) - wide - widest, widest}, 1);
  const at::Tensor seen = at::cat({sr::convolved(parts[0], regions.wide, 2), parts[1],
                                   sr::convolved(parts[2], regions.widest, 3)},
                                  1);
  const at::Tensor gate = at::silu(convolved(seen, regions.fusion));
  return convolved(gate * convolved(features, regions.value), regions.out);
}

at::Tensor Eimn::weighted(const Gate& gate, const at::Tensor& features) {
  const at::Tensor normal =
      normalized(features.permute({0, 2, 3, 1}), gate.norm, kNormEpsilon).permute({0, 3, 1, 2});
  const at::Tensor of_image =
      at::gelu(convolved(normal.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true), gate.of_image));
  const at::Tensor of_pixels = at::gelu(convolved(normal, gate.of_pixels));
  const at::Tensor channels = convolved(of_image, gate.channels).sigmoid();
  const at::Tensor places =
      convolved(at::cat({of_pixels, of_image.expand_as(of_pixels)}, 1), gate.places).sigmoid();
  return features * (channels * places);
}

at::Tensor Eimn::run(const at::Tensor& lq, const at::Tensor& kept_samples,
                     Statistics statistics) const {
  const Pass pass{kept_samples};
  const at::Tensor first = convolved(lq, first_);
  at::Tensor features = first;
  for (const Stage& stage : stages_) {
    for (const Block& block : stage.blocks) {
      const at::Tensor seen = through(block.regions, (*block.norm1)(features, statistics));
      features = features + kept(block.scale1.view({-1, 1, 1}) * seen, block.branch, pass);
      const at::Tensor gated =
          weighted(block.gate, gated_conv((*block.norm2)(features, statistics), block.gate.conv));
      features = features + kept(block.scale2.view({-1, 1, 1}) * gated, block.branch + 1, pass);
    }
    features = normalized(features.permute({0, 2, 3, 1}), stage.norm).permute({0, 3, 1, 2});
  }
  return at::pixel_shuffle(convolved(first + features, last_), scale_).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::EimnOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Eimn>(options, scale, seed);
}

}  // namespace sr
