#include "nn/emt.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <c10/core/impl/LocalDispatchKeySet.h>
#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/batch_norm.h"
#include "nn/block_network.h"
#include "nn/fold.h"
#include "nn/shifted_conv.h"
#include "nn/window_attention.h"

namespace sr {
namespace {

using arch::EmtOptions;

constexpr std::array<float, 3> kMeanColour{0.4690F, 0.4490F, 0.4036F};  // of DF2K
constexpr double kColourRange = 255;

at::Tensor pixels_of(const at::Tensor& features) {
  return features.permute({0, 2, 3, 1});
}

/// Features [N, C, H, W] with a pixel more on each side, taken from the opposite one.
at::Tensor wrapped(const at::Tensor& features) {
  at::Tensor grown = features;
  for (const std::int64_t axis : {2, 3}) {
    // From the end: an export follows no place that depends on the size of the image.
    grown = at::cat({grown.slice(axis, -1), grown, grown.slice(axis, 0, 1)}, axis);
  }
  return grown;
}

class Emt final : public BlockNetwork {
 public:
  Emt(const EmtOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override { return run(lq, Statistics::kRunning); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& /*kept*/) const override {
    return run(lq, options_.mixes_samples() ? Statistics::kBatch : Statistics::kRunning);
  }
  int size_multiple() const override { return options_.grid(); }

 private:
  /// Attention where there is a convolution `in`, else differences to neighbours. Those are in the
  /// type of the features under autocast as well: for a fifth of them a pixel is its own neighbour,
  /// and the norm would magnify what the cast has rounded away.
  struct Mixer {
    Layer in, out;
    at::Tensor neighbours;  ///< a buffer: depthwise kernels with a single 1
    std::optional<BatchNorm> norm;
    bool shifts_windows = false;
    Parameters parameters;
  };
  struct Perceptron {
    ShiftedConv widen, narrow;
    Parameters parameters;
  };
  struct Block {
    std::vector<Mixer> mixers;
    std::vector<Perceptron> perceptrons;
  };

  Layer add_colour(const std::string& name, double factor);
  Mixer add_attention(const std::string& name);
  Mixer add_difference(const std::string& name);
  ShiftedConv add_shifted(const std::string& name, int inputs, int outputs);
  Perceptron add_perceptron(const std::string& name);
  Block add_block(const std::string& name);
  void add_tail();

  /// Attention to one shape of windows; `queries_values`: [N, C, H, W], queries in front of values.
  at::Tensor in_windows(const at::Tensor& queries_values, std::size_t shape, bool shifts) const;
  at::Tensor attended(const Mixer& mixer, const at::Tensor& features, Statistics statistics) const;
  at::Tensor difference(const Mixer& mixer, const at::Tensor& features) const;
  at::Tensor through(const Mixer& mixer, const at::Tensor& features, Statistics statistics) const;
  at::Tensor through(const Perceptron& perceptron, const at::Tensor& features) const;
  at::Tensor head(const at::Tensor& lq) const;
  at::Tensor tail(const at::Tensor& features) const;
  at::Tensor run(const at::Tensor& lq, Statistics statistics) const;

  EmtOptions options_;
  Layer minus_mean_, plus_mean_, first_;
  std::vector<Block> blocks_;
  std::vector<Layer> tail_;
};

Emt::Emt(const EmtOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork({.features = options.dim,
                    .depths = {options.n_blocks},
                    .computed_twice = options.use_checkpoint},
                   scale, seed),
      options_(options) {
  minus_mean_ = add_colour("sub_mean", -kColourRange);
  plus_mean_ = add_colour("add_mean", kColourRange);
  first_ = add_conv("head", arch::kRgb, options.dim, 3);
  for (int i = 0; i < options.n_blocks; ++i) {
    blocks_.push_back(add_block(fmt::format("body.{}.", i)));
  }
  add_tail();
}

Layer Emt::add_colour(const std::string& name, double factor) {
  const Layer shift = colour_shift(torch::tensor(at::ArrayRef<float>(kMeanColour)) * factor);
  return {add_buffer(name + ".weight", shift.weight), add_buffer(name + ".bias", shift.bias)};
}

Emt::Mixer Emt::add_attention(const std::string& name) {
  Mixer mixer;
  mixer.in = add_conv(name + ".attn.0", options_.dim, 2 * options_.dim, 1);
  mixer.norm.emplace(2 * options_.dim);
  add_part(name + ".attn.1.", *mixer.norm);
  mixer.out = add_conv(name + ".proj.0", options_.dim, options_.dim, 1);
  return mixer;
}

Emt::Mixer Emt::add_difference(const std::string& name) {
  constexpr std::int64_t kKinds = EmtOptions::kDirections;
  constexpr std::array<std::array<int, 2>, kKinds> kSeen{{{1, 2}, {1, 0}, {2, 1}, {0, 1}, {1, 1}}};
  at::Tensor kernels = torch::zeros({options_.dim, 1, 3, 3});
  for (std::size_t kind = 0; kind < kSeen.size(); ++kind) {
    const at::Tensor own = kernels.slice(0, static_cast<std::int64_t>(kind), std::nullopt, kKinds);
    own.select(2, kSeen[kind][0]).select(2, kSeen[kind][1]).fill_(1);
  }
  Mixer mixer;
  mixer.neighbours = add_buffer(name + ".token_mixer.mask", kernels);
  mixer.norm.emplace(options_.dim);
  add_part(name + ".norm.", *mixer.norm);
  return mixer;
}

ShiftedConv Emt::add_shifted(const std::string& name, int inputs, int outputs) {
  ShiftedConv layer;
  layer.mix = add_conv(name, inputs, outputs, 1);
  layer.shift.weight = add_buffer(name + ".mask", ShiftedConv::kernels(inputs));
  return layer;
}

Emt::Perceptron Emt::add_perceptron(const std::string& name) {
  const int inside = options_.dim * options_.mlp_ratio;
  Perceptron perceptron;
  perceptron.parameters.begin = parameters().size();
  perceptron.widen = add_shifted(name + ".fc1", options_.dim, inside);
  perceptron.narrow = add_shifted(name + ".fc2", inside, options_.dim);
  perceptron.parameters.end = parameters().size();
  return perceptron;
}

Emt::Block Emt::add_block(const std::string& name) {
  Block block;
  for (int i = 0; i < options_.n_layers; ++i) {
    const std::string own = fmt::format("{}sa_list.{}", name, i);
    const std::size_t begin = parameters().size();
    Mixer mixer = i < options_.n_gtls ? add_attention(own) : add_difference(own);
    mixer.shifts_windows = i % 2 == 1 && !options_.shift_list.empty();
    mixer.parameters = {begin, parameters().size()};
    block.mixers.push_back(std::move(mixer));
  }
  for (int i = 0; i < options_.n_layers; ++i) {
    block.perceptrons.push_back(add_perceptron(fmt::format("{}mlp_list.{}", name, i)));
  }
  return block;
}

void Emt::add_tail() {
  const int width = options_.dim;
  if (options_.upsampler == arch::WindowUpsampler::kPixelShuffleDirect) {
    tail_.push_back(add_conv("tail.0", width, arch::kRgb * scale_ * scale_, 3));
    return;
  }
  const int factor = scale_ == 3 ? 3 : 2;
  int index = 0;
  for (int left = scale_; left > 1; left /= factor, index += 2) {
    tail_.push_back(add_conv(fmt::format("tail.{}", index), width, width * factor * factor, 3));
  }
  tail_.push_back(add_conv(fmt::format("tail.{}", index), width, arch::kRgb, 3));
}

at::Tensor Emt::in_windows(const at::Tensor& queries_values, std::size_t shape, bool shifts) const {
  const std::int64_t heads = options_.num_heads;
  const Window window{options_.window_list[shape][0], options_.window_list[shape][1]};
  const std::int64_t down = shifts ? options_.shift_list[shape][0] : 0;
  const std::int64_t right = shifts ? options_.shift_list[shape][1] : 0;
  at::Tensor seen = pixels_of(pad_to_multiples(queries_values, window.height, window.width));
  seen = shifts ? at::roll(seen, {down, right}, {1, 2}) : seen;
  const at::Tensor parts =
      to_windows(seen, window)
          .view({-1, window.area(), 2, heads, queries_values.size(1) / (2 * heads)})
          .permute({2, 0, 3, 1, 4});
  const at::Tensor mixed = attend(parts[0], parts[0], parts[1], {}, {});
  const at::Tensor output = from_windows(mixed.transpose(1, 2).flatten(2), window, seen.sizes());
  return (shifts ? at::roll(output, {-down, -right}, {1, 2}) : output)
      .narrow(1, 0, queries_values.size(2))
      .narrow(2, 0, queries_values.size(3));
}

at::Tensor Emt::attended(const Mixer& mixer, const at::Tensor& features,
                         Statistics statistics) const {
  const at::Tensor all = (*mixer.norm)(convolved(features, mixer.in), statistics);
  const std::size_t shapes = options_.window_list.size();
  const std::int64_t part = all.size(1) / static_cast<std::int64_t>(shapes);
  std::vector<at::Tensor> outputs;
  for (std::size_t i = 0; i < shapes; ++i) {
    const at::Tensor own = all.narrow(1, static_cast<std::int64_t>(i) * part, part);
    outputs.push_back(in_windows(own, i, mixer.shifts_windows));
  }
  return convolved(at::cat(outputs, 3).permute({0, 3, 1, 2}), mixer.out);
}

at::Tensor Emt::difference(const Mixer& mixer, const at::Tensor& features) const {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const at::Tensor seen =
      at::conv2d(wrapped(features), mixer.neighbours, /*bias=*/{}, /*stride=*/1,
                 /*padding=*/at::IntArrayRef{0, 0}, /*dilation=*/1, options_.dim);
  return seen - features;
}

at::Tensor Emt::through(const Mixer& mixer, const at::Tensor& features,
                        Statistics statistics) const {
  const auto mixed = [this, &mixer, statistics, how = how_computed()](const at::Tensor& input) {
    const Statistics own = statistics_in_block(statistics, how);
    if (mixer.in.weight.defined()) {
      return input + attended(mixer, input, own);
    }
    return input + (*mixer.norm)(difference(mixer, input), own);
  };
  return computed(mixer.parameters, mixed, features);
}

at::Tensor Emt::through(const Perceptron& perceptron, const at::Tensor& features) const {
  const auto mixed = [&perceptron](const at::Tensor& input) {
    return input + perceptron.narrow(at::silu(perceptron.widen(input)));
  };
  return computed(perceptron.parameters, mixed, features);
}

at::Tensor Emt::head(const at::Tensor& lq) const {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  return convolved(convolved(lq, minus_mean_), first_);
}

at::Tensor Emt::tail(const at::Tensor& features) const {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  at::Tensor inside = features;
  const bool direct = options_.upsampler == arch::WindowUpsampler::kPixelShuffleDirect;
  for (std::size_t i = 0; i < tail_.size(); ++i) {
    inside = convolved(inside, tail_[i]);
    if (direct) {
      inside = at::pixel_shuffle(inside, scale_);
    } else if (i + 1 < tail_.size()) {
      inside = at::pixel_shuffle(inside, scale_ == 3 ? 3 : 2);
    }
  }
  return convolved(inside, plus_mean_);
}

at::Tensor Emt::run(const at::Tensor& lq, Statistics statistics) const {
  const at::Tensor first = head(lq);
  at::Tensor features = first;
  for (const Block& block : blocks_) {
    for (std::size_t i = 0; i < block.mixers.size(); ++i) {
      features = through(block.perceptrons[i], through(block.mixers[i], features, statistics));
    }
  }
  return tail(features + first).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::EmtOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Emt>(options, scale, seed);
}

}  // namespace sr
