#include "nn/tile_conv.h"

#include <algorithm>
#include <cstdlib>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "core/own_convolutions.h"
#include "nn/amx_kernels.h"

namespace sr {
namespace {

using kernel::BFloat16;
using tiles::ConvPlan;
using tiles::ConvSize;
using tiles::kTileSums;
using tiles::WeightOrder;
using tiles::WeightPlan;

const BFloat16* data(const at::Tensor& tensor) {
  return static_cast<const BFloat16*>(tensor.const_data_ptr());
}

BFloat16* mutable_data(const at::Tensor& tensor) {
  return static_cast<BFloat16*>(tensor.mutable_data_ptr());
}

at::Tensor elements(std::int64_t n) {
  return at::empty({n}, at::kBFloat16);
}

at::Tensor pack_weights(const tiles::Kernels& kernels, const ConvPlan& plan,
                        const WeightOrder& order) {
  const at::Tensor packed = elements(plan.packed_weights());
  BFloat16* const to = mutable_data(packed);
  constexpr std::int64_t kGrain = 16;  // tiles that are worth another thread
  at::parallel_for(
      0, plan.outputs.count * 3 * plan.depth.count, kGrain,
      [&](std::int64_t first, std::int64_t last) { kernels.pack(plan, order, first, last, to); });
  return packed;
}

/// kernel(plan, arguments, first, last, scratch) over all units.
template <typename Plan, typename Arguments>
void run(void (*kernel)(const Plan&, const Arguments&, std::int64_t, std::int64_t, BFloat16*),
         const Plan& plan, const Arguments& arguments) {
  at::parallel_for(0, plan.units(), 1, [&](std::int64_t first, std::int64_t last) {
    const at::Tensor scratch = elements(plan.scratch());
    std::fill_n(mutable_data(scratch), plan.scratch(), BFloat16{0});
    kernel(plan, arguments, first, last, mutable_data(scratch));
  });
}

/// Of `features` and `weight`.
ConvSize size_of(const at::Tensor& features, const at::Tensor& weight) {
  return {features.size(0), features.size(2), features.size(3), features.size(1), weight.size(0)};
}

at::Tensor like_features(const at::Tensor& features, std::int64_t channels) {
  return at::empty({features.size(0), channels, features.size(2), features.size(3)},
                   features.options(), at::MemoryFormat::ChannelsLast);
}

/// Returns the gradient of features and of slope.
std::pair<at::Tensor, at::Tensor> data_gradient(const tiles::Kernels& kernels,
                                                const at::Tensor& gradient,
                                                const at::Tensor& features, const at::Tensor& slope,
                                                const at::Tensor& weight) {
  ConvSize size = size_of(features, weight);
  std::swap(size.in, size.out);
  const ConvPlan plan(size);
  const at::Tensor packed =
      pack_weights(kernels, plan, {weight.const_data_ptr<float>(), 9, 9 * size.out, true});
  const at::Tensor result = like_features(features, size.out);
  const at::Tensor sums = torch::zeros({plan.units(), size.out}, slope.options());
  run(kernels.data_gradient, plan,
      tiles::DataGradientArguments{data(gradient), data(packed), data(features),
                                   slope.const_data_ptr<float>(), mutable_data(result),
                                   sums.mutable_data_ptr<float>()});
  return {result, sums.sum(0)};
}

/// Returns the gradient of weight and of bias.
std::pair<at::Tensor, at::Tensor> weight_gradient(const tiles::Kernels& kernels,
                                                  const at::Tensor& gradient,
                                                  const at::Tensor& features,
                                                  const at::Tensor& slope,
                                                  const at::Tensor& weight) {
  const WeightPlan plan(size_of(features, weight));
  const at::Tensor sums = at::empty({plan.units(), plan.sums()}, slope.options());
  run(kernels.weight_gradient, plan,
      tiles::WeightGradientArguments{data(features), slope.const_data_ptr<float>(), data(gradient),
                                     sums.mutable_data_ptr<float>()});
  const at::Tensor result = at::empty(weight.sizes(), weight.options());
  float* const to = result.mutable_data_ptr<float>();
  const float* const from = sums.const_data_ptr<float>();
  constexpr std::int64_t kGrain = 8;
  at::parallel_for(0, plan.tiles(), kGrain, [&](std::int64_t first, std::int64_t last) {
    kernels.add_up(plan, from, first, last, to);
  });
  return {result, sums.narrow(1, plan.tiles() * kTileSums, plan.size.out).sum(0)};
}

}  // namespace

const tiles::Kernels* tile_kernels(const at::Tensor& features) {
  if (!features.is_cpu() || features.scalar_type() != at::kBFloat16 || features.dim() != 4 ||
      features.numel() == 0 || !features.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    return nullptr;
  }
  const bool off = own_convolutions_of(std::getenv("SR_OWN_CONVOLUTIONS")) == OwnConvolutions::kOff;
  return off ? nullptr : tiles::amx_kernels();
}

at::Tensor tile_prelu_conv(const tiles::Kernels& kernels, const at::Tensor& features,
                           const at::Tensor& slope, const at::Tensor& weight,
                           const at::Tensor& bias) {
  const ConvPlan plan(size_of(features, weight));
  const at::Tensor dense = weight.contiguous();
  const at::Tensor packed =
      pack_weights(kernels, plan, {dense.const_data_ptr<float>(), 9 * plan.size.in, 9, false});
  const at::Tensor slopes = slope.contiguous();
  const at::Tensor added =
      bias.defined() ? bias.contiguous() : torch::zeros({plan.size.out}, weight.options());
  const at::Tensor result = like_features(features, plan.size.out);
  run(kernels.forward, plan,
      tiles::ForwardArguments{data(features), slopes.const_data_ptr<float>(), data(packed),
                              added.const_data_ptr<float>(), mutable_data(result)});
  return result;
}

TileGradients tile_prelu_conv_backward(const tiles::Kernels& kernels, const at::Tensor& gradient,
                                       const at::Tensor& features, const at::Tensor& slope,
                                       const at::Tensor& weight) {
  const at::Tensor dense = weight.contiguous();
  const at::Tensor slopes = slope.contiguous();
  TileGradients result;
  std::tie(result.features, result.slope) =
      data_gradient(kernels, gradient, features, slopes, dense);
  std::tie(result.weight, result.bias) =
      weight_gradient(kernels, gradient, features, slopes, dense);
  return result;
}

}  // namespace sr
