#include "nn/split_window_network.h"

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
      windows_({options.embed_dim,
                {options.split_size[0], options.split_size[1]},
                options.qk_scale,
                frame.linear}) {
  add_part("", windows_);
  for (std::size_t shape = 0; shape < file_masks_.size(); ++shape) {
    file_masks_[shape] =
        shift_mask(frame.mask_side, frame.mask_side, windows_.window(shape), at::kCPU);
  }
}

void SplitWindowNetwork::add_head() {
  const int folded = options_.in_chans * static_cast<int>(frame_.fold * frame_.fold);
  first_ = add_conv(frame_.fold > 1 ? "conv_first.1" : "conv_first", folded, options_.embed_dim, 3);
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

SplitWindows::Attention SplitWindowNetwork::add_windows(const std::string& name, int heads,
                                                        bool shifted) {
  SplitWindows::Attention attention = windows_.make_attention(heads, shifted, generator());
  for (std::size_t shape = 0; shape < attention.bias.size(); ++shape) {
    const std::string part = fmt::format("{}.attns.{}", name, shape);
    add_part(part + ".pos.", attention.bias[shape]);
    add_derived(part + ".rpe_biases", windows_.file_offsets(shape));
    add_derived(part + ".relative_position_index", windows_.file_positions(shape));
    if (shifted) {
      add_derived(fmt::format("{}.attn_mask_{}", name, shape), file_masks_[shape]);
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
  part.depthwise = add_conv(name + ".sg.conv", {gated, 1, 3, 3});
  part.second = add_linear(name + ".fc2", gated, width);
  return part;
}

at::Tensor SplitWindowNetwork::through(const FeedForward& part, const at::Tensor& pixels) {
  const std::vector<at::Tensor> halves =
      at::gelu(at::linear(pixels, part.first.weight, part.first.bias)).chunk(2, 3);
  const at::Tensor gate = convolved(features_of(normalized(halves[1], part.norm)), part.depthwise);
  return at::linear(halves[0] * pixels_of(gate), part.second.weight, part.second.bias);
}

SplitWindows::Masks SplitWindowNetwork::masks_for(const at::Tensor& images) const {
  return windows_.masks_for(images.size(2) / frame_.fold, images.size(3) / frame_.fold,
                            images.device());
}

at::Tensor SplitWindowNetwork::framed(const at::Tensor& lq, const at::Tensor& images,
                                      const Body& groups) const {
  const at::Tensor input = (images - mean_colour()) * options_.img_range;
  const at::Tensor first =
      frame_.fold > 1 ? unshuffled_conv(input, first_, frame_.fold) : convolved(input, first_);
  const at::Tensor pixels = groups(normalized(pixels_of(first).contiguous(), first_norm_));
  const at::Tensor body = features_of(through(after_body_, normalized(pixels, norm_))) + first;
  const at::Tensor output = (*tail_)(body) / options_.img_range + mean_colour();
  return output.narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace sr
