#include "nn/large_kernel_conv.h"

#include <array>
#include <vector>

#include <torch/torch.h>

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Kernel columns of which oneDNN takes a fast gradient in channels_last.
constexpr std::int64_t kMostColumns = 14;

/// In the type and layout that the passes are fast in.
at::Tensor prepared(const at::Tensor& tensor) {
  const at::ScalarType type = tensor.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return tensor.to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

std::array<std::int64_t, 2> same_padding(const at::Tensor& weight) {
  return {weight.size(2) / 2, weight.size(3) / 2};
}

/// The kernel's gradient for its columns from `first` on: a convolution with these columns alone,
/// of input that is `wide`, padded at both sides by half the whole kernel.
at::Tensor columns_gradient(const at::Tensor& gradient, const at::Tensor& wide,
                            const at::Tensor& weight, std::int64_t first) {
  const std::int64_t columns = weight.size(3);
  const at::Tensor seen = wide.narrow(3, first, gradient.size(3) + columns - 1)
                              .contiguous(at::MemoryFormat::ChannelsLast);
  return std::get<1>(at::convolution_backward(
      gradient, seen, weight, at::OptionalIntArrayRef{}, /*stride=*/{1, 1},
      /*padding=*/{weight.size(2) / 2, 0}, /*dilation=*/{1, 1}, /*transposed=*/false,
      /*output_padding=*/{0, 0}, /*groups=*/1, {false, true, false}));
}

at::Tensor weight_gradient(const at::Tensor& gradient, const at::Tensor& features,
                           const at::Tensor& weight) {
  const std::int64_t side = weight.size(3);
  const at::Tensor wide = at::constant_pad_nd(features, {side / 2, side / 2, 0, 0});
  const std::int64_t pieces = (side + kMostColumns - 1) / kMostColumns;
  std::vector<at::Tensor> columns;
  for (std::int64_t piece = 0; piece < pieces; ++piece) {
    const std::int64_t first = side * piece / pieces;
    const std::int64_t count = side * (piece + 1) / pieces - first;
    columns.push_back(columns_gradient(gradient, wide, weight.narrow(3, first, count), first));
  }
  return at::cat(columns, 3);
}

class LargeKernelConv : public torch::autograd::Function<LargeKernelConv> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& features,
                            const at::Tensor& weight, const at::Tensor& bias) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    // A copy: `features` may be some channels of a tensor that need not live on.
    const at::Tensor kept = features.contiguous(at::MemoryFormat::ChannelsLast);
    context->save_for_backward({kept, weight});
    const at::Tensor input = prepared(kept);
    return at::conv2d(input, prepared(weight), bias.to(input.scalar_type()), /*stride=*/1,
                      same_padding(weight))
        .to(features.scalar_type());
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor gradient = prepared(grad_output[0]);
    const at::Tensor features = prepared(saved[0]);
    const at::Tensor& own_weight = saved[1];
    const at::Tensor weight = prepared(own_weight);
    const at::Tensor grad_features = std::get<0>(at::convolution_backward(
        gradient, features, weight, at::OptionalIntArrayRef{}, /*stride=*/{1, 1},
        same_padding(weight), /*dilation=*/{1, 1}, /*transposed=*/false,
        /*output_padding=*/{0, 0}, /*groups=*/1, {true, false, false}));
    return {grad_features.to(saved[0].scalar_type()),
            weight_gradient(gradient, features, weight).to(own_weight.scalar_type()),
            gradient.sum(at::IntArrayRef{0, 2, 3}).to(own_weight.scalar_type())};
  }
};

}  // namespace

at::Tensor large_kernel_conv(const at::Tensor& features, const Layer& layer) {
  if (!features.is_cpu()) {
    return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, same_padding(layer.weight));
  }
  return LargeKernelConv::apply(features, layer.weight, layer.bias);
}

}  // namespace sr
