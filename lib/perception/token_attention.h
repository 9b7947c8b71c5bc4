#pragma once

#include <string>

#include "nn/fixed_layers.h"

// Attention between tokens [L, C], C = kTokenChannels: positions of a feature map, of one image.

namespace sr {

inline constexpr std::int64_t kTokenChannels = 256;

class TokenAttention {
 public:
  TokenAttention(const FixedLayers& layers, const std::string& name);
  at::Tensor operator()(const at::Tensor& query, const at::Tensor& key_value) const;

 private:
  at::Tensor weight_, bias_;  ///< of queries, keys and values, one below the other
  FixedLinear out_;
};

/// What each token becomes by itself.
class TokenFeedForward {
 public:
  /// `norm`: the name of the layer norm before it; the names of its layers begin with `prefix`.
  TokenFeedForward(const FixedLayers& layers, const std::string& prefix, const std::string& norm);
  at::Tensor operator()(const at::Tensor& tokens) const;

 private:
  FixedLayerNorm norm_;
  FixedLinear widen_, narrow_;
};

/// A layer of a transformer's encoder (Vaswani et al. 2017), normalised before each part.
class SelfAttention {
 public:
  SelfAttention(const FixedLayers& layers, const std::string& prefix);
  at::Tensor operator()(const at::Tensor& tokens) const;

 private:
  FixedLayerNorm norm_;
  TokenAttention attention_;
  TokenFeedForward feed_forward_;
};

/// TOPIQ's attention across scales: tokens of a coarse level ask those of the next finer one.
class CrossScaleAttention {
 public:
  CrossScaleAttention(const FixedLayers& layers, const std::string& prefix);
  at::Tensor operator()(const at::Tensor& coarse, const at::Tensor& fine) const;

 private:
  FixedLayerNorm coarse_norm_, fine_norm_;
  TokenAttention attention_;
  TokenFeedForward feed_forward_;
};

}  // namespace sr
