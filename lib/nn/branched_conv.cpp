#include "nn/branched_conv.h"

#include <array>

#include <torch/torch.h>

namespace sr {
namespace {

constexpr std::int64_t kBranchShare = 8;
constexpr std::int64_t kSquare = 3;
constexpr std::int64_t kBand = 11;
constexpr double kDeviation = 0.02;

}  // namespace

Layer small_layer(at::IntArrayRef weight_shape, at::Generator& generator) {
  return {truncated_normal(weight_shape, kDeviation, generator), torch::zeros({weight_shape[0]})};
}

at::Tensor depthwise_conv(const at::Tensor& features, const Layer& layer, std::int64_t dilation) {
  const std::array<std::int64_t, 2> padding{layer.weight.size(2) / 2 * dilation,
                                            layer.weight.size(3) / 2 * dilation};
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, padding, dilation,
                    /*groups=*/layer.weight.size(0));
}

BranchedConv::BranchedConv(std::int64_t channels, at::Generator& generator) {
  const std::int64_t branch = channels / kBranchShare;
  square_ = add_layer("dwconv_hw", small_layer({branch, 1, kSquare, kSquare}, generator));
  row_ = add_layer("dwconv_w", small_layer({branch, 1, 1, kBand}, generator));
  column_ = add_layer("dwconv_h", small_layer({branch, 1, kBand, 1}, generator));
}

at::Tensor BranchedConv::operator()(const at::Tensor& features) const {
  const std::int64_t branch = square_.weight.size(0);
  const std::int64_t kept = features.size(1) - 3 * branch;
  const auto part = [&](std::int64_t number) {
    return features.narrow(1, kept + number * branch, branch);
  };
  return at::cat({features.narrow(1, 0, kept), depthwise_conv(part(0), square_),
                  depthwise_conv(part(1), row_), depthwise_conv(part(2), column_)},
                 1);
}

}  // namespace sr
