#include "nn/grl.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/angle_attention.h"
#include "nn/block_network.h"
#include "nn/fold.h"
#include "nn/grl_anchors.h"
#include "nn/grl_stripe.h"
#include "nn/window_attention.h"
#include "nn/window_tail.h"

namespace sr {
namespace {

constexpr int kUpsampledFeatures = 64;
constexpr int kNarrowed = 4, kSqueezed = 18;  ///< features over those in the convolutions beside
constexpr double kLessOfBranch = 0.1;

/// Pixels are [N, H, W, C].
class Grl final : public BlockNetwork {
 public:
  Grl(const arch::GrlOptions& options, int scale, std::uint64_t seed);

  at::Tensor forward(const at::Tensor& lq) const override { return run(lq, {}); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const override {
    return run(lq, kept);
  }
  int size_multiple() const override { return options_.grid(); }

 private:
  /// What turns comparisons into scores.
  struct Scores {
    at::Tensor factors;
    LogPositionBias bias;
  };
  struct TransformerBlock {
    Layer qkv;            ///< linear, or
    Layer qkv_pointwise;  ///< behind qkv, which is depthwise then
    std::optional<GrlAnchors> anchors;
    std::vector<Scores> scores;  ///< of windows, of anchors that look, of pixels that look at them
    Layer proj, norm1, norm2, widen, narrow;
    std::optional<AttendedConv> local;
    std::int64_t heads_window = 1, heads_stripe = 1;
    bool window_shifted = false, stripe_shifted = false;
    std::size_t turned = 0;  ///< 1: the stripes are
    std::size_t branch = 0;  ///< of the attention; the perceptron's is the next
    Parameters parameters;
  };
  struct Group {
    std::vector<TransformerBlock> blocks;
    Connection connection;
  };
  struct Stripe : GrlStripe {
    at::Tensor mask;  ///< of pixels that look; undefined where none is shifted
  };
  struct BlockPass : Pass {
    at::Tensor window_mask;
    std::array<Stripe, 2> stripes;
  };

  TransformerBlock add_block(const std::string& name, std::size_t group, int index,
                             double drop_rate);
  void add_qkv(const std::string& name, TransformerBlock& block);
  Scores add_scores(const std::string& name, int heads);
  void change_start(const std::string& method);

  BlockPass pass_for(const at::Tensor& images, const at::Tensor& kept) const;
  at::Tensor compared(const Scores& scores, const std::array<at::Tensor, 3>& parts,
                      const at::Tensor& bias, const at::Tensor& mask) const;
  at::Tensor in_windows(const TransformerBlock& block, const at::Tensor& qkv,
                        const BlockPass& pass) const;
  at::Tensor in_stripes(const TransformerBlock& block, const at::Tensor& qkv,
                        const at::Tensor& anchors, const BlockPass& pass) const;
  at::Tensor attended(const TransformerBlock& block, const at::Tensor& pixels,
                      const BlockPass& pass) const;
  at::Tensor through_block(const TransformerBlock& block, const at::Tensor& pixels,
                           const BlockPass& pass) const;
  at::Tensor run(const at::Tensor& lq, const at::Tensor& kept) const;

  arch::GrlOptions options_;
  double of_branch_;  ///< what branches are multiplied by
  bool shifts_stripes_ = false;
  Window window_;
  at::Tensor window_offsets_, window_positions_;  ///< constants
  std::array<GrlStripe, 2> stripes_;              ///< with constants, where images do not matter
  Layer first_, first_norm_, last_norm_;
  std::vector<Group> groups_;
  Connection after_body_;
  std::unique_ptr<WindowTail> tail_;
};

Grl::Grl(const arch::GrlOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork({.features = options.embed_dim,
                    .depths = options.depths,
                    .drop_path_rate = options.drop_path_rate,
                    .computed_twice = options.use_checkpoint,
                    .connection = options.conv_type},
                   scale, seed),
      options_(options),
      of_branch_(options.init_method == "r" ? kLessOfBranch : 1),
      window_{options.window_size, options.window_size} {
  derived_names_.assign(arch::GrlOptions::kTables.begin(), arch::GrlOptions::kTables.end());
  window_offsets_ = add_constant(grl_window_offsets(options));
  window_positions_ = add_constant(relative_positions(window_));
  for (std::size_t turned = 0; turned < stripes_.size(); ++turned) {
    const GrlStripe& stripe = stripes_[turned] =
        grl_stripe(options, turned == 1, options.grid(), options.grid(), at::kCPU);
    for (const at::Tensor& tensor : {stripe.offsets, stripe.of_anchors, stripe.of_pixels}) {
      add_constant(tensor);
    }
  }
  first_ = add_conv("conv_first", options.in_channels, options.embed_dim, 3);
  first_norm_ = add_norm("norm_start", options.embed_dim);
  int index = 0;
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    Group group;
    for (int k = 0; k < options.depths[i]; ++k, ++index) {
      group.blocks.push_back(
          add_block(fmt::format("layers.{}.blocks.{}", i, k), i, k, drop_rate_of(index)));
    }
    group.connection = add_connection(fmt::format("layers.{}.conv", i));
    groups_.push_back(std::move(group));
  }
  change_start(options.init_method);
  last_norm_ = add_norm("norm_end", options.embed_dim);
  after_body_ = add_connection("conv_after_body");
  tail_ = std::make_unique<WindowTail>(
      WindowTail::Settings{options.upsampler, scale, options.embed_dim, kUpsampledFeatures,
                           options.out_channels, "upsample.up."},
      generator());
  add_part("", *tail_);
}

Grl::Scores Grl::add_scores(const std::string& name, int heads) {
  Scores scores{add_parameter(name + ".logit_scale", first_angle_factors(heads)),
                LogPositionBias(heads, LinearStart::kTruncatedNormal, generator())};
  add_part(name + ".cpb_mlp.", scores.bias);
  return scores;
}

void Grl::add_qkv(const std::string& name, TransformerBlock& block) {
  const int width = options_.embed_dim;
  if (options_.qkv_proj_type == arch::QkvKind::kLinear) {
    block.qkv = add_linear(name, width, 3 * width, options_.qkv_bias);
    return;
  }
  block.qkv = add_conv(name + ".0", {width, 1, 3, 3}, options_.qkv_bias);
  block.qkv_pointwise = add_conv(name + ".1", {3 * width, width, 1, 1}, options_.qkv_bias);
}

Grl::TransformerBlock Grl::add_block(const std::string& name, std::size_t group, int index,
                                     double drop_rate) {
  const int width = options_.embed_dim;
  const int inside = static_cast<int>(width * options_.mlp_ratio);
  const int heads_window = options_.num_heads_window[group];
  const int heads_stripe = options_.num_heads_stripe[group];
  TransformerBlock block;
  block.heads_window = heads_window;
  block.heads_stripe = heads_stripe;
  block.window_shifted = index % 2 == 0;
  block.stripe_shifted = options_.stripe_shift && index % 4 >= 2;
  block.turned = static_cast<std::size_t>(index % 2);
  shifts_stripes_ = shifts_stripes_ || block.stripe_shifted;
  block.parameters.begin = parameters().size();
  add_qkv(name + ".attn.qkv.body", block);
  block.anchors.emplace(GrlAnchors::Settings{options_.anchor_proj_type, options_.anchor_one_stage,
                                             options_.anchor_window_down_factor, width},
                        generator());
  add_part(name + ".attn.anchor.body.", *block.anchors);
  block.scores.push_back(add_scores(name + ".attn.window_attn.attn_transform", heads_window));
  for (const int step : {1, 2}) {
    block.scores.push_back(
        add_scores(fmt::format("{}.attn.stripe_attn.attn_transform{}", name, step), heads_stripe));
  }
  block.proj = add_linear(name + ".attn.proj", width, width);
  block.norm1 = add_norm(name + ".norm1", width);
  if (options_.local_connection) {
    block.local =
        add_attended_conv(name + ".conv.cab", width, width / kNarrowed, width / kSqueezed);
  }
  block.widen = add_linear(name + ".mlp.fc1", width, inside);
  block.narrow = add_linear(name + ".mlp.fc2", inside, width);
  block.norm2 = add_norm(name + ".norm2", width);
  block.parameters.end = parameters().size();
  block.branch = add_branch(drop_rate);
  add_branch(drop_rate);
  return block;
}

/// Of what the groups have; positions begin alike in any case.
void Grl::change_start(const std::string& method) {
  const at::NoGradGuard no_grad;
  const std::optional<double> deviation = arch::GrlOptions::deviation_of(method);
  for (const NamedTensor& named : parameters()) {
    const bool in_group = named.name.starts_with("layers.") && named.name.ends_with(".weight");
    if (!in_group || named.name.find("cpb_mlp") != std::string::npos) {
      continue;
    }
    at::Tensor weight = named.tensor;
    if (weight.dim() == 1) {  // of a norm
      weight.fill_(method == "l" ? 0 : 1);
    } else if (deviation && weight.dim() == 2) {
      weight.copy_(truncated_normal(weight.sizes(), *deviation, generator()));
    } else if (deviation || method == "w") {
      weight.mul_(kLessOfBranch);
    }
  }
}

Grl::BlockPass Grl::pass_for(const at::Tensor& images, const at::Tensor& kept) const {
  const std::int64_t height = images.size(2);
  const std::int64_t width = images.size(3);
  const at::Device device = images.device();
  const bool of_image = options_.stripe_groups[0] + options_.stripe_groups[1] > 0;
  BlockPass pass;
  pass.kept = kept;
  pass.window_mask = shift_mask(height, width, window_, device);
  for (std::size_t turned = 0; turned < stripes_.size(); ++turned) {
    Stripe& stripe = pass.stripes[turned];
    static_cast<GrlStripe&>(stripe) =
        of_image ? grl_stripe(options_, turned == 1, height, width, device) : stripes_[turned];
    if (shifts_stripes_) {
      stripe.mask = shrunk_shift_mask(
          height, width, {stripe.window, stripe.shift, options_.anchor_window_down_factor}, device);
    }
  }
  return pass;
}

/// `parts`: queries, keys and values.
at::Tensor Grl::compared(const Scores& scores, const std::array<at::Tensor, 3>& parts,
                         const at::Tensor& bias, const at::Tensor& mask) const {
  const auto attend = options_.euclidean_dist ? attend_by_distance : attend_by_angle;
  return attend(parts[0], parts[1], parts[2], scores.factors, bias, mask);
}

at::Tensor Grl::in_windows(const TransformerBlock& block, const at::Tensor& qkv,
                           const BlockPass& pass) const {
  const std::int64_t shift = block.window_shifted ? window_.height / 2 : 0;
  const at::Tensor rolled = shift > 0 ? at::roll(qkv, {-shift, -shift}, {1, 2}) : qkv;
  const at::Tensor parts =
      to_windows(rolled, window_)
          .view({-1, window_.area(), 3, block.heads_window, qkv.size(3) / 3 / block.heads_window})
          .permute({2, 0, 3, 1, 4});
  const Scores& scores = block.scores[0];
  const at::Tensor seen = compared(scores, {parts[0], parts[1], parts[2]},
                                   scores.bias(window_offsets_, window_positions_),
                                   shift > 0 ? pass.window_mask : at::Tensor());
  const at::Tensor whole = from_windows(seen.transpose(1, 2).flatten(2), window_, qkv.sizes());
  return shift > 0 ? at::roll(whole, {shift, shift}, {1, 2}) : whole;
}

at::Tensor Grl::in_stripes(const TransformerBlock& block, const at::Tensor& qkv,
                           const at::Tensor& anchors, const BlockPass& pass) const {
  const Stripe& stripe = pass.stripes[block.turned];
  const std::int64_t heads = block.heads_stripe;
  const std::int64_t factor = options_.anchor_window_down_factor;
  const std::int64_t down = block.stripe_shifted ? stripe.shift.height : 0;
  const std::int64_t right = block.stripe_shifted ? stripe.shift.width : 0;
  const auto rolled = [](const at::Tensor& pixels, std::int64_t rows, std::int64_t columns) {
    return rows != 0 || columns != 0 ? at::roll(pixels, {rows, columns}, {1, 2}) : pixels;
  };
  const at::Tensor parts = to_windows(rolled(qkv, -down, -right), stripe.window)
                               .view({-1, stripe.window.area(), 3, heads, qkv.size(3) / 3 / heads})
                               .permute({2, 0, 3, 1, 4});
  const at::Tensor few =
      to_windows(rolled(anchors, -(down / factor), -(right / factor)), stripe.anchors)
          .view({-1, stripe.anchors.area(), heads, anchors.size(3) / heads})
          .transpose(1, 2);
  const at::Tensor mask = block.stripe_shifted ? stripe.mask : at::Tensor();
  const Scores& of_anchors = block.scores[1];
  const Scores& of_pixels = block.scores[2];
  const at::Tensor gathered = compared(of_anchors, {few, parts[1], parts[2]},
                                       of_anchors.bias(stripe.offsets, stripe.of_anchors),
                                       mask.defined() ? mask.transpose(1, 2) : mask);
  const at::Tensor seen = compared(of_pixels, {parts[0], few, gathered},
                                   of_pixels.bias(stripe.offsets, stripe.of_pixels), mask);
  return rolled(from_windows(seen.transpose(1, 2).flatten(2), stripe.window, qkv.sizes()), down,
                right);
}

at::Tensor Grl::attended(const TransformerBlock& block, const at::Tensor& pixels,
                         const BlockPass& pass) const {
  const std::int64_t half = pixels.size(3) * 3 / 2;
  const at::Tensor qkv =
      block.qkv_pointwise.weight.defined()
          ? convolved(convolved(pixels.permute({0, 3, 1, 2}), block.qkv), block.qkv_pointwise)
                .permute({0, 2, 3, 1})
          : at::linear(pixels, block.qkv.weight, block.qkv.bias);
  const at::Tensor joined =
      at::cat({in_windows(block, qkv.narrow(3, 0, half), pass),
               in_stripes(block, qkv.narrow(3, half, half), (*block.anchors)(pixels), pass)},
              3);
  return at::linear(joined, block.proj.weight, block.proj.bias);
}

at::Tensor Grl::through_block(const TransformerBlock& block, const at::Tensor& pixels,
                              const BlockPass& pass) const {
  const auto part = [&](const at::Tensor& output, const Layer& norm, std::size_t branch) {
    const at::Tensor left = kept(normalized(output, norm), branch, pass);
    return of_branch_ == 1 ? left : left * of_branch_;
  };
  at::Tensor middle = pixels + part(attended(block, pixels, pass), block.norm1, block.branch);
  if (block.local) {
    middle = middle + attended_conv(pixels, *block.local);
  }
  const at::Tensor inside = at::gelu(at::linear(middle, block.widen.weight, block.widen.bias));
  return middle + part(at::linear(inside, block.narrow.weight, block.narrow.bias), block.norm2,
                       block.branch + 1);
}

at::Tensor Grl::run(const at::Tensor& lq, const at::Tensor& kept) const {
  const at::Tensor images = pad_to_multiple(lq, options_.grid(), BeyondReflection::kZeros);
  // A clip has no mean colour.
  const bool of_image = options_.in_channels == arch::kRgb;
  const at::Tensor input = (of_image ? images - mean_colour() : images) * options_.img_range;
  const at::Tensor first = convolved(input, first_);
  const BlockPass pass = pass_for(images, kept);
  at::Tensor pixels = normalized(first.permute({0, 2, 3, 1}).contiguous(), first_norm_);
  for (const Group& group : groups_) {
    at::Tensor inside = pixels;
    for (const TransformerBlock& block : group.blocks) {
      inside = computed(
          block.parameters,
          [this, &block, pass](const at::Tensor& own) { return through_block(block, own, pass); },
          inside);
    }
    pixels = through(group.connection, inside) + pixels;
  }
  pixels = through(after_body_, normalized(pixels, last_norm_));
  at::Tensor output = (*tail_)(pixels.permute({0, 3, 1, 2}) + first);
  if (options_.upsampler == arch::WindowUpsampler::kNone && of_image) {
    output = input + output;
  }
  output = output / options_.img_range;
  return (of_image ? output + mean_colour() : output)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::GrlOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Grl>(options, scale, seed);
}

}  // namespace sr
