#include "nn/window_network.h"

#include <cmath>

#include <torch/torch.h>

#include "nn/fold.h"

namespace sr {
namespace {

constexpr double kDeviation = 0.02;

}  // namespace

WindowNetwork::WindowNetwork(const arch::WindowOptions& options, int scale, std::uint64_t seed,
                             Windows windows)
    : BlockNetwork({options.embed_dim, options.depths, options.drop_path_rate,
                    options.use_checkpoint, options.resi_connection},
                   scale, seed),
      options_(options),
      windows_(windows),
      window_{options.window_size, options.window_size} {
  if (windows == Windows::kOfBlocks) {
    return;
  }
  derived_positions_ = relative_positions(window_);
  positions_ = add_constant(derived_positions_.clone());
  derived_mask_ = shift_mask(options.img_size, options.img_size, window_, at::kCPU);
}

void WindowNetwork::add_head(bool projected) {
  first_ = add_conv("conv_first", options_.in_chans, options_.embed_dim, 3);
  if (projected) {
    projection_ = add_conv("patch_embed.proj", options_.embed_dim, options_.embed_dim, 1);
  }
  if (options_.patch_norm) {
    patch_norm_ = add_norm("patch_embed.norm", options_.embed_dim);
  }
}

void WindowNetwork::add_tail(int middle) {
  norm_ = add_norm("norm", options_.embed_dim);
  after_body_ = add_connection("conv_after_body");
  const WindowTail::Settings settings{options_.upsampler, scale_, options_.embed_dim, middle,
                                      options_.in_chans};
  tail_ = std::make_unique<WindowTail>(settings, generator());
  add_part("", *tail_);
}

at::Tensor WindowNetwork::add_table(const std::string& name, std::int64_t rows, int heads) {
  return add_parameter(name + ".relative_position_bias_table",
                       truncated_normal({rows, heads}, kDeviation, generator()));
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

int WindowNetwork::inside_perceptron(int features, double ratio) {
  return static_cast<int>(features * ratio);
}

WindowNetwork::Perceptron WindowNetwork::add_perceptron(const std::string& name, int features,
                                                        double ratio, int local_side) {
  const int inside = inside_perceptron(features, ratio);
  Perceptron perceptron;
  perceptron.first = add_linear(name + ".fc1", features, inside);
  if (local_side > 0) {
    perceptron.local =
        add_conv(name + ".dwconv.depthwise_conv.0", {inside, 1, local_side, local_side});
  }
  perceptron.second = add_linear(name + ".fc2", inside, features);
  return perceptron;
}

WindowNetwork::SwinBlock WindowNetwork::add_swin_block(const std::string& name,
                                                       const SwinShape& shape) {
  SwinBlock block;
  block.parameters.begin = parameters().size();
  block.norm1 = add_norm(name + ".norm1", shape.features);
  block.attention = add_attention(name + ".attn", shape.features, shape.heads, shape.shifted);
  block.attention.parts = shape.parts;
  block.attention.qk_scale = shape.qk_scale;
  if (shape.parts > 0 && !derived_spread_masks_.contains(shape.parts)) {
    derived_spread_masks_[shape.parts] =
        spread_shift_mask(options_.img_size, options_.img_size, window_, shape.parts, at::kCPU);
  }
  block.norm2 = add_norm(name + ".norm2", shape.features);
  block.perceptron = add_perceptron(name + ".mlp", shape.features, shape.mlp_ratio);
  block.parameters.end = parameters().size();
  block.branch = add_branch(shape.drop_rate);
  add_branch(shape.drop_rate);
  add_derived(name + ".attn.relative_position_index", derived_positions_);
  if (shape.shifted || shape.keeps_mask) {
    add_derived(name + ".attn_mask", file_mask(shape));
  }
  return block;
}

at::Tensor WindowNetwork::file_mask(const SwinShape& shape) const {
  const at::Tensor& mask = shape.parts > 0 ? derived_spread_masks_.at(shape.parts) : derived_mask_;
  return shape.shifted ? mask : at::zeros_like(mask);
}

at::Tensor WindowNetwork::through(const Perceptron& perceptron, const at::Tensor& pixels) {
  const Layer& first = perceptron.first;
  const Layer& second = perceptron.second;
  at::Tensor inside = at::gelu(at::linear(pixels, first.weight, first.bias));
  if (perceptron.local.weight.defined()) {
    const at::Tensor local = convolved(inside.permute({0, 3, 1, 2}), perceptron.local);
    inside = inside + at::gelu(local).permute({0, 2, 3, 1});
  }
  return at::linear(inside, second.weight, second.bias);
}

at::Tensor WindowNetwork::through(const Attention& attention, const at::Tensor& pixels,
                                  const Pass& pass) const {
  const std::int64_t head = pixels.size(3) / attention.heads;
  at::Tensor mask;
  if (attention.shifted) {
    mask = attention.parts > 0 ? pass.spread_masks.at(attention.parts) : pass.mask;
  }
  const auto attended = [&](const at::Tensor& windows) {
    const at::Tensor qkv = at::linear(windows, attention.qkv.weight, attention.qkv.bias)
                               .view({-1, window_.area(), 3, attention.heads, head})
                               .permute({2, 0, 3, 1, 4});
    const double scale =
        attention.qk_scale > 0 ? attention.qk_scale : 1 / std::sqrt(static_cast<double>(head));
    const at::Tensor seen = attend(qkv[0] * scale, qkv[1], qkv[2],
                                   position_bias(attention.table, pass.bias_positions), mask);
    return at::linear(seen.transpose(1, 2).flatten(2), attention.proj.weight, attention.proj.bias);
  };
  return in_windows(pixels, window_, attention.shifted, attended, attention.parts);
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

at::Tensor WindowNetwork::mask_for(std::int64_t height, std::int64_t width,
                                   at::Device device) const {
  return windows_ == Windows::kShared ? shift_mask(height, width, window_, device) : at::Tensor();
}

at::Tensor WindowNetwork::padded(const at::Tensor& images) const {
  return windows_ == Windows::kShared ? pad_to_multiple(images, size_multiple()) : images;
}

at::Tensor WindowNetwork::run(const at::Tensor& lq, const at::Tensor& kept) const {
  const at::Tensor images = (padded(lq) - mean_colour()) * options_.img_range;
  const at::Tensor first = convolved(images, first_);
  at::Tensor pixels = projection_.weight.defined() ? convolved(first, projection_) : first;
  pixels = pixels.permute({0, 2, 3, 1}).contiguous();
  if (options_.patch_norm) {
    pixels = normalized(pixels, patch_norm_);
  }
  const std::int64_t height = images.size(2);
  const std::int64_t width = images.size(3);
  Pass pass{{kept}, mask_for(height, width, lq.device()), positions_, {}};
  for (const auto& [parts, unused] : derived_spread_masks_) {
    pass.spread_masks[parts] = spread_shift_mask(height, width, window_, parts, lq.device());
  }
  pixels = through(after_body_, normalized(body(pixels, pass), norm_));
  const at::Tensor features = pixels.permute({0, 3, 1, 2}) + first;
  at::Tensor output = (*tail_)(features, {images, lq.size(2) * scale_, lq.size(3) * scale_});
  if (options_.upsampler == arch::WindowUpsampler::kNone) {
    output = images + output;
  }
  output = output / options_.img_range + mean_colour();
  return output.narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace sr
