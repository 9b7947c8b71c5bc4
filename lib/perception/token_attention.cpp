#include "perception/token_attention.h"

#include <torch/torch.h>

namespace sr {
namespace {

constexpr std::int64_t kHeads = 4;
constexpr std::int64_t kWide = 4 * kTokenChannels;

/// [1, heads, L, C / heads].
at::Tensor in_heads(const at::Tensor& tokens) {
  return tokens.view({1, tokens.size(0), kHeads, -1}).transpose(1, 2);
}

}  // namespace

TokenAttention::TokenAttention(const FixedLayers& layers, const std::string& name)
    : weight_(layers.tensor(name + ".in_proj_weight", {3 * kTokenChannels, kTokenChannels})),
      bias_(layers.tensor(name + ".in_proj_bias", {3 * kTokenChannels})),
      out_(layers.linear(name + ".out_proj", kTokenChannels, kTokenChannels)) {}

at::Tensor TokenAttention::operator()(const at::Tensor& query, const at::Tensor& key_value) const {
  const auto projected = [&](const at::Tensor& tokens, std::int64_t which) {
    const std::int64_t begin = which * kTokenChannels;
    return in_heads(at::linear(tokens, weight_.narrow(0, begin, kTokenChannels),
                               bias_.narrow(0, begin, kTokenChannels)));
  };
  const at::Tensor mixed = at::scaled_dot_product_attention(
      projected(query, 0), projected(key_value, 1), projected(key_value, 2));
  return out_(mixed.transpose(1, 2).reshape({query.size(0), kTokenChannels}));
}

TokenFeedForward::TokenFeedForward(const FixedLayers& layers, const std::string& prefix,
                                   const std::string& norm)
    : norm_(layers.layer_norm(prefix + norm, kTokenChannels)),
      widen_(layers.linear(prefix + "linear1", kTokenChannels, kWide)),
      narrow_(layers.linear(prefix + "linear2", kWide, kTokenChannels)) {}

at::Tensor TokenFeedForward::operator()(const at::Tensor& tokens) const {
  return tokens + narrow_(at::gelu(widen_(norm_(tokens))));
}

SelfAttention::SelfAttention(const FixedLayers& layers, const std::string& prefix)
    : norm_(layers.layer_norm(prefix + "norm1", kTokenChannels)),
      attention_(layers, prefix + "self_attn"),
      feed_forward_(layers, prefix, "norm2") {}

at::Tensor SelfAttention::operator()(const at::Tensor& tokens) const {
  const at::Tensor normalised = norm_(tokens);
  return feed_forward_(tokens + attention_(normalised, normalised));
}

CrossScaleAttention::CrossScaleAttention(const FixedLayers& layers, const std::string& prefix)
    : coarse_norm_(layers.layer_norm(prefix + "norm1", kTokenChannels)),
      fine_norm_(layers.layer_norm(prefix + "norm2", kTokenChannels)),
      attention_(layers, prefix + "multihead_attn"),
      feed_forward_(layers, prefix, "norm3") {}

at::Tensor CrossScaleAttention::operator()(const at::Tensor& coarse, const at::Tensor& fine) const {
  return feed_forward_(coarse + attention_(coarse_norm_(coarse), fine_norm_(fine)));
}

}  // namespace sr
