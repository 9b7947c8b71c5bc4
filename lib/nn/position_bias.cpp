#include "nn/position_bias.h"

#include <fmt/format.h>
#include <torch/torch.h>

namespace sr {
namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr int kSteps = 3;

}  // namespace

PositionBias::PositionBias(int inside, int heads, LinearStart start, at::Generator& generator) {
  const auto add_linear = [&](const std::string& name, int inputs, int outputs) {
    return add_layer(name, linear_layer(start, inputs, outputs, /*with_bias=*/true, generator));
  };
  first_ = add_linear("pos_proj", 2, inside);
  for (int number = 1; number <= kSteps; ++number) {
    const Layer norm =
        add_layer(fmt::format("pos{}.0", number), {torch::ones({inside}), torch::zeros({inside})});
    steps_.push_back({norm, add_linear(fmt::format("pos{}.2", number), inside,
                                       number < kSteps ? inside : heads)});
  }
}

at::Tensor PositionBias::operator()(const at::Tensor& offsets) const {
  at::Tensor values =
      at::linear(offsets.to(first_.weight.scalar_type()), first_.weight, first_.bias);
  for (const Step& step : steps_) {
    const at::Tensor normal =
        at::layer_norm(values, {values.size(1)}, step.norm.weight, step.norm.bias, kNormEpsilon);
    values = at::linear(at::relu(normal), step.linear.weight, step.linear.bias);
  }
  return values;
}

}  // namespace sr
