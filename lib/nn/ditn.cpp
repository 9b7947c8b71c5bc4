#include "nn/ditn.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/block_network.h"
#include "nn/convolved.h"
#include "nn/fold.h"
#include "nn/window_attention.h"

namespace sr {
namespace {

constexpr std::int64_t kMultiple = 8;
constexpr std::int64_t kDilation = 3;  ///< of the widest kernels

/// Features are [N, C, H, W].
class Ditn final : public BlockNetwork {
 public:
  Ditn(const arch::DitnOptions& options, int scale, std::uint64_t seed);

  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return static_cast<int>(kMultiple); }

 private:
  /// What both kinds of blocks have: a convolution in front of each half, and the gate.
  struct Halves {
    Layer first, second;
    GatedConv gate;
  };
  struct OfPatches {
    at::Tensor temperature;
    Layer qkv, out;
    Halves halves;
  };
  struct OfImage {
    at::Tensor scale;
    Layer near, far, mixed, in, out;
    Halves halves;
  };
  struct Stage {
    std::vector<OfPatches> of_patches;
    std::vector<OfImage> of_image;
  };

  Layer add_depthwise(const std::string& name, int side);
  GatedConv add_gate(const std::string& name);
  OfPatches add_of_patches(const std::string& name);
  OfImage add_of_image(const std::string& name);

  static at::Tensor attended(const OfPatches& block, const at::Tensor& features);
  static at::Tensor attended(const OfImage& block, const at::Tensor& features);
  template <typename Kind>
  static at::Tensor through(const Kind& block, const at::Tensor& features);
  at::Tensor through(const Stage& stage, const at::Tensor& features) const;

  arch::DitnOptions options_;
  Window patch_;
  Layer first_, after_body_, last_;
  std::vector<Stage> stages_;
};

Ditn::Ditn(const arch::DitnOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork({.features = options.dim, .depths = {}, .linear = LinearStart::kDefault}, scale,
                   seed),
      options_(options),
      patch_{options.patch_size, options.patch_size} {
  first_ = add_conv("sft", options.inp_channels, options.dim, 3);
  for (int i = 0; i < options.ufone_blocks; ++i) {
    const std::string name = fmt::format("UFONE.{}", i);
    Stage stage;
    for (int k = 0; k < options.itl_blocks; ++k) {
      stage.of_patches.push_back(add_of_patches(fmt::format("{}.ITLs.{}", name, k)));
    }
    for (int k = 0; k < options.sal_blocks; ++k) {
      stage.of_image.push_back(add_of_image(fmt::format("{}.SALs.{}", name, k)));
    }
    stages_.push_back(std::move(stage));
  }
  after_body_ = add_conv("conv_after_body", options.dim, options.dim, 3);
  last_ = add_conv("upsample.0", options.dim, arch::kRgb * scale * scale, 3);
}

Layer Ditn::add_depthwise(const std::string& name, int side) {
  return add_conv(name, {options_.dim, 1, side, side});
}

GatedConv Ditn::add_gate(const std::string& name) {
  const int inside = static_cast<int>(options_.dim * options_.ffn_expansion_factor);
  GatedConvNames names;
  names.bias = options_.bias;
  return add_gated_conv(name + ".ffn", options_.dim, inside, names);
}

Ditn::OfPatches Ditn::add_of_patches(const std::string& name) {
  const int width = options_.dim;
  OfPatches block;
  block.temperature = add_parameter(name + ".attn.temperature", torch::ones({1, 1, 1}));
  block.qkv = add_linear(name + ".attn.qkv", width, 3 * width);
  block.out = add_conv(name + ".attn.project_out", {width, width, 1, 1}, options_.bias);
  block.halves.first = add_conv(name + ".conv1", width, width, 1);
  block.halves.second = add_conv(name + ".conv2", width, width, 1);
  block.halves.gate = add_gate(name);
  return block;
}

Ditn::OfImage Ditn::add_of_image(const std::string& name) {
  const int width = options_.dim;
  const std::string part = name + ".SDA.";
  OfImage block;
  block.scale = add_parameter(part + "scale", torch::zeros({1, width, 1, 1}));
  block.near = add_depthwise(part + "DConvs.0", 5);
  block.far = add_depthwise(part + "DConvs.1", 7);
  block.mixed = add_conv(part + "DConvs.2", width, width, 1);
  block.in = add_conv(part + "proj_first.0", width, 2 * width, 1);
  block.out = add_conv(part + "proj_last.0", width, width, 1);
  block.halves.gate = add_gate(name);
  block.halves.first = add_conv(name + ".conv1", width, width, 1);
  block.halves.second = add_conv(name + ".conv2", width, width, 1);
  return block;
}

/// Of all features of a patch with all others, in one head.
at::Tensor Ditn::attended(const OfPatches& block, const at::Tensor& features) {
  const at::Tensor pixels = features.flatten(2).transpose(1, 2);
  const std::vector<at::Tensor> qkv =
      at::linear(pixels, block.qkv.weight, block.qkv.bias).transpose(1, 2).unsqueeze(1).chunk(3, 2);
  const at::Tensor seen = attend_features(qkv[0], qkv[1], qkv[2], block.temperature);
  return convolved(seen.reshape(features.sizes()), block.out);
}

at::Tensor Ditn::attended(const OfImage& block, const at::Tensor& features) {
  const std::vector<at::Tensor> halves = convolved(features, block.in).chunk(2, 1);
  const at::Tensor wide = sr::convolved(convolved(halves[0], block.near), block.far, kDilation);
  return convolved(halves[1] * convolved(wide, block.mixed), block.out) * block.scale;
}

template <typename Kind>
at::Tensor Ditn::through(const Kind& block, const at::Tensor& features) {
  const Halves& halves = block.halves;
  const at::Tensor middle = features + attended(block, convolved(at::tanh(features), halves.first));
  return middle + gated_conv(convolved(at::tanh(middle), halves.second), halves.gate);
}

at::Tensor Ditn::through(const Stage& stage, const at::Tensor& features) const {
  const at::Tensor pixels = features.permute({0, 2, 3, 1});
  at::Tensor patches = to_windows(pixels, patch_)
                           .view({-1, patch_.height, patch_.width, pixels.size(3)})
                           .permute({0, 3, 1, 2});
  for (const OfPatches& block : stage.of_patches) {
    patches = through(block, patches);
  }
  at::Tensor whole =
      from_windows(patches.permute({0, 2, 3, 1}).flatten(1, 2), patch_, pixels.sizes())
          .permute({0, 3, 1, 2});
  for (const OfImage& block : stage.of_image) {
    whole = through(block, whole);
  }
  return whole;
}

at::Tensor Ditn::forward(const at::Tensor& lq) const {
  const at::Tensor first = convolved(pad_to_multiple(lq, kMultiple), first_);
  at::Tensor features = first;
  for (const Stage& stage : stages_) {
    features = through(stage, features);
  }
  const at::Tensor body = convolved(features, after_body_) + first;
  return at::pixel_shuffle(convolved(body, last_), scale_)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::DitnOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Ditn>(options, scale, seed);
}

}  // namespace sr
