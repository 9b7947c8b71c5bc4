#include "perception/cfanet.h"

#include <fmt/format.h>

#include <array>

#include <torch/torch.h>

#include "core/error.h"

namespace sr {
namespace {

constexpr std::size_t kLevels = ResNet50::kChannels.size();

/// `weights`, when they are of this kind: most of the other kind's names are the same.
const FeatureStack::Weights& of_kind(TopiqKind kind, const FeatureStack::Weights& weights) {
  if (kind == TopiqKind::kFullReference && weights.contains("weight_pool.0.splitconv.weight")) {
    throw CheckpointError("the weights of calculate_topiq_nr, TOPIQ without a reference");
  }
  if (kind == TopiqKind::kNoReference && weights.contains("weight_pool.0.0.weight")) {
    throw CheckpointError("the weights of calculate_topiq, TOPIQ with a reference");
  }
  return weights;
}

/// A sum of rows and columns: half of the channels depend on y, half on x.
at::Tensor position_embedding(const FixedLayers& layers) {
  constexpr std::int64_t kSide = 32, kHalf = kTokenChannels / 2;
  const at::Tensor rows = layers.tensor("h_emb", {1, kHalf, kSide, 1});
  const at::Tensor columns = layers.tensor("w_emb", {1, kHalf, 1, kSide});
  return at::cat({rows.expand({-1, -1, -1, kSide}), columns.expand({-1, -1, kSide, -1})}, 1);
}

at::Tensor colours(const std::array<float, 3>& values, const at::Tensor& like) {
  return at::tensor(values).view({1, 3, 1, 1}).to(like.device());
}

}  // namespace

Cfanet::Cfanet(TopiqKind kind, const FeatureStack::Weights& weights, at::Device device)
    : Cfanet(kind, FixedLayers(of_kind(kind, weights), "TOPIQ", device)) {}

Cfanet::Cfanet(TopiqKind kind, const FixedLayers& layers)
    : backbone_(layers, "semantic_model."),
      position_(position_embedding(layers)),
      attention_pooling_(layers, "attn_pool.") {
  // What ImageNet's classifiers are given.
  shift_ = colours({0.485F, 0.456F, 0.406F}, position_);
  scale_ = colours({0.229F, 0.224F, 0.225F}, position_);
  for (std::size_t i = 0; i < kLevels; ++i) {
    const std::int64_t channels = ResNet50::kChannels[i];
    levels_.push_back(
        {GatedLocalPooling(kind, layers, fmt::format("weight_pool.{}", i), channels),
         layers.convolution(fmt::format("dim_reduce.{}.0", i),
                            {GatedLocalPooling::pooled_channels(kind, channels), kTokenChannels}),
         SelfAttention(layers, fmt::format("sa_attn_blks.{}.layers.0.", i))});
  }
  for (std::size_t i = 0; i + 1 < kLevels; ++i) {
    cross_scales_.emplace_back(layers, fmt::format("attn_blks.{}.layers.0.", i));
  }
  score_norms_ = {layers.layer_norm("score_linear.0", kTokenChannels),
                  layers.layer_norm("score_linear.3", kTokenChannels)};
  score_layers_ = {layers.linear("score_linear.1", kTokenChannels, kTokenChannels),
                   layers.linear("score_linear.4", kTokenChannels, kTokenChannels),
                   layers.linear("score_linear.6", kTokenChannels, 1)};
}

at::Tensor Cfanet::tokens(const Level& level, const at::Tensor& features,
                          at::IntArrayRef grid) const {
  const at::Tensor map = at::gelu(level.dim_reduce(level.pooling(features, grid)));
  const at::Tensor placed =
      map + at::upsample_bicubic2d(position_, map.sizes().slice(2), /*align_corners=*/false);
  return level.attention(placed.flatten(2)[0].t().contiguous());
}

double Cfanet::score(const at::Tensor& tokens) const {
  at::Tensor x = tokens.mean(0, /*keepdim=*/true);
  for (std::size_t i = 0; i < score_norms_.size(); ++i) {
    x = at::gelu(score_layers_[i](score_norms_[i](x)));
  }
  return score_layers_.back()(x).item<double>();
}

double Cfanet::quality(const at::Tensor& images) const {
  constexpr std::int64_t kStride = std::int64_t{1} << kLevels;
  const auto coarsest = [&](int axis) { return (images.size(axis) + kStride - 1) / kStride; };
  const std::array<std::int64_t, 2> grid{coarsest(2), coarsest(3)};
  // Each level is pooled before the next one is computed: the features of one are in memory.
  std::vector<at::Tensor> by_level;
  at::Tensor features = (images - shift_).div_(scale_);
  for (std::size_t i = 0; i < kLevels; ++i) {
    features = backbone_.level(i, features);
    by_level.push_back(tokens(levels_[i], features, grid));
  }
  at::Tensor found = by_level.back();
  for (std::size_t i = 0; i < cross_scales_.size(); ++i) {
    found = cross_scales_[i](found, by_level[kLevels - 2 - i]);
  }
  return score(attention_pooling_(found));
}

}  // namespace sr
