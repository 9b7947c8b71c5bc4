#include "nn/split_window_network.h"

#include <cmath>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/fold.h"

namespace sr {
namespace {

constexpr int kUpsampledFeatures = 64;

}  // namespace

SplitWindowNetwork::SplitWindowNetwork(const arch::SplitWindowOptions& options, const Frame& frame,
                                       int scale, std::uint64_t seed)
    : BlockNetwork({options.embed_dim, options.depth, options.drop_path_rate,
                    options.use_checkpoint, options.resi_connection, frame.linear},
                   scale, seed),
      options_(options),
      frame_(frame),
      features_(options.embed_dim),
      longer_side_(options.longer_side()) {
  add_windows();
}

/// Rows of the offsets are in the order of relative_positions().
void SplitWindowNetwork::add_windows() {
  for (std::size_t shape = 0; shape < windows_.size(); ++shape) {
    Windows& windows = windows_[shape];
    windows.window = {options_.split_size[shape], options_.split_size[1 - shape]};
    const auto [height, width] = windows.window;
    const at::Tensor rows = at::arange(1 - height, height, at::kFloat);
    const at::Tensor columns = at::arange(1 - width, width, at::kFloat);
    windows.file_offsets =
        at::stack({rows.repeat_interleave(2 * width - 1), columns.repeat({2 * height - 1})}, 1);
    windows.file_positions = relative_positions(windows.window);
    windows.offsets = add_constant(windows.file_offsets.clone());
    windows.positions = add_constant(windows.file_positions.clone());
    windows.file_mask = shift_mask(frame_.mask_side, frame_.mask_side, windows.window, at::kCPU);
  }
}

void SplitWindowNetwork::add_head() {
  const int folded = options_.in_chans * static_cast<int>(frame_.fold * frame_.fold);
  first_ =
      add_conv(frame_.fold > 1 ? "conv_first.1" : "conv_first", folded, options_.embed_dim, 3);
  first_norm_ = add_norm("before_RG.1", options_.embed_dim);
}

void SplitWindowNetwork::add_tail() {
  norm_ = add_norm("norm", options_.embed_dim);
  after_body_ = add_connection("conv_after_body");
  const WindowTail::Settings tail{frame_.upsampler, scale_ * static_cast<int>(frame_.fold),
                                  options_.embed_dim, kUpsampledFeatures, options_.in_chans};
  tail_ = std::make_unique<WindowTail>(tail, generator());
  add_part("", *tail_);
}

SplitWindowNetwork::SplitAttention SplitWindowNetwork::add_split_attention(const std::string& name,
                                                                           int heads,
                                                                           bool shifted) {
  const int inside = options_.embed_dim / 2 / 4 / 4;
  SplitAttention attention;
  attention.heads = heads;
  attention.shifted = shifted;
  for (std::size_t shape = 0; shape < windows_.size(); ++shape) {
    const std::string part = fmt::format("{}.attns.{}", name, shape);
    attention.bias.emplace_back(inside, heads / 2, frame_.linear, generator());
    add_part(part + ".pos.", attention.bias.back());
    add_derived(part + ".rpe_biases", windows_[shape].file_offsets);
    add_derived(part + ".relative_position_index", windows_[shape].file_positions);
    if (shifted) {
      add_derived(fmt::format("{}.attn_mask_{}", name, shape), windows_[shape].file_mask);
    }
  }
  return attention;
}

SplitWindowNetwork::FeedForward SplitWindowNetwork::add_feed_forward(const std::string& name,
                                                                     int inside) {
  const int width = options_.embed_dim;
  const int gated = inside / 2;
  FeedForward part;
  part.first = add_linear(name + ".fc1", width, inside);
  part.norm = add_norm(name + ".sg.norm", gated);
  part.depthwise = add_layer(name + ".sg.conv",
                             default_layer({gated, 1, 3, 3}, /*with_bias=*/true, generator()));
  part.second = add_linear(name + ".fc2", gated, width);
  return part;
}

/// Half of the features [N, H, W, C / 2] of qkv [N, H, W, 3 C]; H and W are multiples of the sides.
at::Tensor SplitWindowNetwork::in_windows(const SplitAttention& attention, const at::Tensor& qkv,
                                          std::size_t shape, const at::Tensor& mask) const {
  const Windows& windows = windows_[shape];
  const std::int64_t half = features_ / 2;
  const std::int64_t heads = attention.heads / 2;
  const std::int64_t down = windows.window.height / 2;
  const std::int64_t right = windows.window.width / 2;
  const std::vector<std::int64_t> sizes = qkv.sizes().vec();
  at::Tensor seen = qkv.reshape({sizes[0], sizes[1], sizes[2], 3, features_})
                        .narrow(4, static_cast<std::int64_t>(shape) * half, half)
                        .reshape({sizes[0], sizes[1], sizes[2], 3 * half});
  if (attention.shifted) {
    seen = at::roll(seen, {-down, -right}, {1, 2});
  }
  const at::Tensor parts = to_windows(seen, windows.window)
                               .view({-1, windows.window.area(), 3, heads, half / heads})
                               .permute({2, 0, 3, 1, 4});
  const double scale =
      options_.qk_scale > 0 ? options_.qk_scale : 1 / std::sqrt(static_cast<double>(half / heads));
  const at::Tensor bias = position_bias(attention.bias[shape](windows.offsets), windows.positions);
  const at::Tensor attended =
      attend(parts[0] * scale, parts[1], parts[2], bias, attention.shifted ? mask : at::Tensor());
  const at::Tensor whole = from_windows(attended.transpose(1, 2).flatten(2), windows.window, sizes);
  return attention.shifted ? at::roll(whole, {down, right}, {1, 2}) : whole;
}

at::Tensor SplitWindowNetwork::attended(const SplitAttention& attention, const at::Tensor& qkv,
                                        const std::array<at::Tensor, 2>& masks) const {
  const std::int64_t height = qkv.size(1);
  const std::int64_t width = qkv.size(2);
  const auto missing = [&](std::int64_t side) {
    return (longer_side_ - side % longer_side_) % longer_side_;
  };
  const std::int64_t bottom = missing(height);
  const std::int64_t right = missing(width);
  const at::Tensor whole =
      bottom + right > 0 ? at::constant_pad_nd(qkv, {0, 0, 0, right, 0, bottom}) : qkv;
  const at::Tensor both = at::cat(
      {in_windows(attention, whole, 0, masks[0]), in_windows(attention, whole, 1, masks[1])}, 3);
  return both.narrow(1, 0, height).narrow(2, 0, width);
}

at::Tensor SplitWindowNetwork::through(const FeedForward& part, const at::Tensor& pixels) {
  const std::vector<at::Tensor> halves =
      at::gelu(at::linear(pixels, part.first.weight, part.first.bias)).chunk(2, 3);
  const at::Tensor gate = convolved(features_of(normalized(halves[1], part.norm)), part.depthwise);
  return at::linear(halves[0] * pixels_of(gate), part.second.weight, part.second.bias);
}

std::array<at::Tensor, 2> SplitWindowNetwork::masks_for(const at::Tensor& images) const {
  const auto whole = [&](std::int64_t side) {
    return (side / frame_.fold + longer_side_ - 1) / longer_side_ * longer_side_;
  };
  std::array<at::Tensor, 2> masks;
  for (std::size_t shape = 0; shape < windows_.size(); ++shape) {
    masks[shape] = shift_mask(whole(images.size(2)), whole(images.size(3)), windows_[shape].window,
                              images.device());
  }
  return masks;
}

at::Tensor SplitWindowNetwork::framed(const at::Tensor& lq, const at::Tensor& images,
                                      const Body& groups) const {
  const at::Tensor input = (images - mean_colour()) * options_.img_range;
  const at::Tensor first = frame_.fold > 1 ? unshuffled_conv(input, first_, frame_.fold)
                                           : convolved(input, first_);
  const at::Tensor pixels = groups(normalized(pixels_of(first).contiguous(), first_norm_));
  const at::Tensor body = features_of(through(after_body_, normalized(pixels, norm_))) + first;
  const at::Tensor output = (*tail_)(body) / options_.img_range + mean_colour();
  return output.narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace sr
