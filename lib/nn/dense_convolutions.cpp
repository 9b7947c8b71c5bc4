#include "nn/dense_convolutions.h"

#include "nn/own_operator.h"

namespace sr {
namespace {

using Tensor = const at::Tensor&;

}  // namespace

at::Tensor packed_weight(const at::Tensor& weight, at::ScalarType type) {
  return weight.scalar_type() == type ? weight
                                      : weight.to(type, /*non_blocking=*/false, /*copy=*/false,
                                                  at::MemoryFormat::ChannelsLast);
}

void conv_leaky_relu(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                     double slope, at::Tensor& out) {
  static const auto kOperation =
      own_operator<void(Tensor, Tensor, Tensor, double, at::Tensor&)>("sr::conv_leaky_relu");
  kOperation.call(input, weight, bias, slope, out);
}

at::Tensor conv_scale_add(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                          double scale, const at::Tensor& features) {
  static const auto kOperation =
      own_operator<at::Tensor(Tensor, Tensor, Tensor, double, Tensor)>("sr::conv_scale_add");
  return kOperation.call(input, weight, bias, scale, features);
}

at::Tensor conv_data_gradient(const at::Tensor& gradient, const at::Tensor& input,
                              const at::Tensor& weight) {
  static const auto kOperation =
      own_operator<at::Tensor(Tensor, Tensor, Tensor)>("sr::conv_data_gradient");
  return kOperation.call(gradient, input, weight);
}

void add_conv_data_gradient(const at::Tensor& gradient, const at::Tensor& input,
                            const at::Tensor& weight, at::Tensor& sum) {
  static const auto kOperation =
      own_operator<void(Tensor, Tensor, Tensor, at::Tensor&)>("sr::add_conv_data_gradient");
  kOperation.call(gradient, input, weight, sum);
}

at::Tensor conv_weight_gradient(const at::Tensor& gradient, const at::Tensor& input,
                                const at::Tensor& weight) {
  static const auto kOperation =
      own_operator<at::Tensor(Tensor, Tensor, Tensor)>("sr::conv_weight_gradient");
  return kOperation.call(gradient, input, weight);
}

at::Tensor prelu_conv(const at::Tensor& features, const at::Tensor& bias, const at::Tensor& slope,
                      const at::Tensor& weight) {
  static const auto kOperation =
      own_operator<at::Tensor(Tensor, Tensor, Tensor, Tensor)>("sr::prelu_conv");
  return kOperation.call(features, bias, slope, weight);
}

std::tuple<at::Tensor, at::Tensor> prelu_conv_data_gradient(const at::Tensor& gradient,
                                                            const at::Tensor& features,
                                                            const at::Tensor& bias,
                                                            const at::Tensor& slope,
                                                            const at::Tensor& weight) {
  static const auto kOperation =
      own_operator<std::tuple<at::Tensor, at::Tensor>(Tensor, Tensor, Tensor, Tensor, Tensor)>(
          "sr::prelu_conv_data_gradient");
  return kOperation.call(gradient, features, bias, slope, weight);
}

at::Tensor prelu_conv_weight_gradient(const at::Tensor& gradient, const at::Tensor& features,
                                      const at::Tensor& bias, const at::Tensor& slope,
                                      const at::Tensor& weight) {
  static const auto kOperation = own_operator<at::Tensor(Tensor, Tensor, Tensor, Tensor, Tensor)>(
      "sr::prelu_conv_weight_gradient");
  return kOperation.call(gradient, features, bias, slope, weight);
}

}  // namespace sr
