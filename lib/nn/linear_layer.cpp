#include "nn/linear_layer.h"

#include <torch/torch.h>

namespace sr {

Layer linear_layer(LinearStart start, int inputs, int outputs, bool with_bias,
                   at::Generator& generator) {
  if (start == LinearStart::kDefault) {
    return default_layer({outputs, inputs}, with_bias, generator);
  }
  constexpr double kDeviation = 0.02;
  return {truncated_normal({outputs, inputs}, kDeviation, generator),
          with_bias ? torch::zeros({outputs}) : at::Tensor()};
}

}  // namespace sr
