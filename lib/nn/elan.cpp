#include "nn/elan.h"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/batch_norm.h"
#include "nn/conv_network.h"
#include "nn/convolved.h"
#include "nn/fold.h"
#include "nn/shifted_conv.h"
#include "nn/window_attention.h"

namespace sr {
namespace {

using arch::ElanOptions;

at::Tensor pixels_of(const at::Tensor& features) {
  return features.permute({0, 2, 3, 1});
}

class Elan final : public ConvNetwork {
 public:
  Elan(const ElanOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override { return run(lq, Statistics::kRunning); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& /*kept*/) const override {
    return run(lq, options_.mixes_samples() ? Statistics::kBatch : Statistics::kRunning);
  }
  int size_multiple() const override { return options_.grid(); }

 private:
  struct Attention {
    Layer in, out;
    std::optional<BatchNorm> norm;
  };
  struct Group {
    std::vector<ShiftedConv> widen, narrow;  ///< one a block
    std::vector<Attention> attentions;
    bool shifts_windows = false;
  };

  ShiftedConv add_shifted(const std::string& name, std::int64_t inputs, std::int64_t outputs);
  Attention add_attention(const std::string& name, std::int64_t inside);
  Group add_group(int index);

  /// `shares` hold softmax(q q^T) of each third; made where they are empty.
  at::Tensor attended(const Attention& attention, const at::Tensor& features, bool shifts,
                      std::vector<at::Tensor>& shares, Statistics statistics) const;
  at::Tensor through(const Group& group, const at::Tensor& features, Statistics statistics) const;
  at::Tensor run(const at::Tensor& lq, Statistics statistics) const;

  ElanOptions options_;
  Layer minus_mean_;  ///< undefined without norm
  Layer first_;
  std::vector<Group> groups_;
  Layer last_, plus_mean_;
};

Elan::Elan(const ElanOptions& options, int scale, std::uint64_t seed)
    : ConvNetwork(scale, seed), options_(options) {
  if (options.norm) {
    minus_mean_ = add_mean_colour("sub_mean", -options.rgb_range);
    plus_mean_ = add_mean_colour("add_mean", options.rgb_range);
  }
  first_ = add_conv("head.0", {options.c_elan, options.colors, 3, 3});
  for (int i = 0; i < options.groups(); ++i) {
    groups_.push_back(add_group(i));
  }
  last_ = add_conv("tail.0", {std::int64_t{options.colors} * scale * scale, options.c_elan, 3, 3});
}

ShiftedConv Elan::add_shifted(const std::string& name, std::int64_t inputs, std::int64_t outputs) {
  ShiftedConv layer;
  layer.shift.weight = add_buffer(name + ".shift_conv.weight", ShiftedConv::kernels(inputs));
  layer.mix = add_conv(name + ".shift_conv.conv1x1", {outputs, inputs, 1, 1});
  return layer;
}

Elan::Attention Elan::add_attention(const std::string& name, std::int64_t inside) {
  const std::int64_t features = options_.c_elan;
  Attention attention;
  attention.in = add_conv(name + ".project_inp.0", {inside, features, 1, 1});
  attention.norm.emplace(inside);
  add_part(name + ".project_inp.1.", *attention.norm);
  attention.out = add_conv(name + ".project_out", {features, features, 1, 1});
  return attention;
}

Elan::Group Elan::add_group(int index) {
  const std::int64_t features = options_.c_elan;
  const std::int64_t inside = features * options_.r_expand;
  Group group;
  group.shifts_windows = index % 2 == 1;
  for (int i = 0; i <= options_.n_share; ++i) {
    const std::string name = fmt::format("body.{}.modules_lfe.lfe_{}.", index, i);
    group.widen.push_back(add_shifted(name + "conv0", features, inside));
    group.narrow.push_back(add_shifted(name + "conv1", inside, features));
  }
  for (int i = 0; i <= options_.n_share; ++i) {
    group.attentions.push_back(add_attention(fmt::format("body.{}.modules_gmsa.gmsa_{}", index, i),
                                             i == 0 ? 2 * features : features));
  }
  return group;
}

at::Tensor Elan::attended(const Attention& attention, const at::Tensor& features, bool shifts,
                          std::vector<at::Tensor>& shares, Statistics statistics) const {
  const at::Tensor all = (*attention.norm)(convolved(features, attention.in), statistics);
  const bool own = shares.empty();
  const std::int64_t part = all.size(1) / ElanOptions::kWindows;
  const std::int64_t values = features.size(1) / ElanOptions::kWindows;
  std::vector<at::Tensor> outputs;
  for (std::size_t i = 0; i < ElanOptions::kWindows; ++i) {
    const std::int64_t side = options_.window_sizes[i];
    // To the left by half of an odd side rounded up, back by half rounded down, as in the source.
    const std::int64_t there = shifts ? (side + 1) / 2 : 0;
    const std::int64_t back = shifts ? side / 2 : 0;
    at::Tensor seen = pixels_of(all.narrow(1, static_cast<std::int64_t>(i) * part, part));
    seen = shifts ? at::roll(seen, {-there, -there}, {1, 2}) : seen;
    const Window window{side, side};
    const at::Tensor windows = to_windows(seen, window);
    if (own) {
      const at::Tensor queries = windows.narrow(2, 0, part - values);
      shares.push_back(at::softmax(at::matmul(queries, queries.transpose(1, 2)), -1));
    }
    const at::Tensor mixed = at::matmul(shares[i], windows.narrow(2, part - values, values));
    const at::Tensor output = from_windows(mixed, window, seen.sizes());
    outputs.push_back(shifts ? at::roll(output, {back, back}, {1, 2}) : output);
  }
  return convolved(at::cat(outputs, 3).permute({0, 3, 1, 2}), attention.out);
}

at::Tensor Elan::through(const Group& group, const at::Tensor& features,
                         Statistics statistics) const {
  at::Tensor inside = features;
  std::vector<at::Tensor> shares;
  for (std::size_t i = 0; i < group.attentions.size(); ++i) {
    inside = group.narrow[i](at::relu(group.widen[i](inside))) + inside;
    inside =
        attended(group.attentions[i], inside, group.shifts_windows, shares, statistics) + inside;
  }
  return inside;
}

at::Tensor Elan::run(const at::Tensor& lq, Statistics statistics) const {
  at::Tensor images = pad_to_multiple(lq, options_.grid());
  if (options_.norm) {
    images = convolved(images, minus_mean_);
  }
  const at::Tensor first = convolved(images, first_);
  at::Tensor features = first;
  for (const Group& group : groups_) {
    features = through(group, features, statistics);
  }
  at::Tensor output = at::pixel_shuffle(convolved(features + first, last_), scale_);
  if (options_.norm) {
    output = convolved(output, plus_mean_);
  }
  return output.narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::ElanOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Elan>(options, scale, seed);
}

}  // namespace sr
