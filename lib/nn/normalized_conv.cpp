#include "nn/normalized_conv.h"

#include <tuple>

#include <torch/torch.h>

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kEpsilon = 1e-6;

/// [N, H, W, C], in a type that LibTorch's norm takes beside float32 weights.
at::Tensor pixels_of(const at::Tensor& features) {
  const at::Tensor pixels = features.permute({0, 2, 3, 1});
  return features.is_cuda() ? pixels.to(at::kFloat) : pixels;
}

/// Normalized features in the type of `features`, mean and reciprocal deviation of each pixel.
std::tuple<at::Tensor, at::Tensor, at::Tensor> normalized(const at::Tensor& features,
                                                          const at::Tensor& weight,
                                                          const at::Tensor& bias) {
  const auto [pixels, mean, deviation] = at::native_layer_norm(
      pixels_of(features), at::IntArrayRef{features.size(1)}, weight, bias, kEpsilon);
  return {pixels.permute({0, 3, 1, 2}).to(features.scalar_type()), mean, deviation};
}

class NormalizedConv : public torch::autograd::Function<NormalizedConv> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& features,
                            const at::Tensor& norm_weight, const at::Tensor& norm_bias,
                            const at::Tensor& weight, const at::Tensor& bias) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const auto [inside, mean, deviation] = normalized(features, norm_weight, norm_bias);
    context->save_for_backward({features, norm_weight, norm_bias, weight, mean, deviation});
    return at::conv2d(inside, weight.to(inside.scalar_type()), bias.to(inside.scalar_type()), 1, 1);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& features = saved[0];
    const at::Tensor& norm_weight = saved[1];
    const at::Tensor& norm_bias = saved[2];
    const at::Tensor& weight = saved[3];
    const at::ScalarType type = grad_output[0].scalar_type();
    const auto [gradient, grad_weight, grad_bias] = at::convolution_backward(
        grad_output[0], std::get<0>(normalized(features, norm_weight, norm_bias)).to(type),
        weight.to(type), at::IntArrayRef{weight.size(0)}, /*stride=*/{1, 1},
        /*padding=*/{1, 1}, /*dilation=*/{1, 1}, /*transposed=*/false, /*output_padding=*/{0, 0},
        /*groups=*/1, {true, true, true});
    const auto [grad_pixels, grad_norm_weight, grad_norm_bias] = at::native_layer_norm_backward(
        pixels_of(gradient.to(features.scalar_type())), pixels_of(features),
        at::IntArrayRef{features.size(1)}, saved[4], saved[5], norm_weight, norm_bias,
        {true, true, true});
    return {grad_pixels.permute({0, 3, 1, 2}).to(features.scalar_type()), grad_norm_weight,
            grad_norm_bias, grad_weight.to(weight.scalar_type()),
            grad_bias.to(weight.scalar_type())};
  }
};

}  // namespace

at::Tensor normalized_conv3x3(const at::Tensor& features, const Layer& norm, const Layer& conv) {
  return NormalizedConv::apply(features, norm.weight, norm.bias, conv.weight, conv.bias);
}

}  // namespace sr
