#pragma once

#include "nn/initialization.h"

namespace sr {

/// What linear layers of transformers begin with: truncated_normal() of deviation 0.02 and bias 0,
/// as most set them, or default_layer().
enum class LinearStart { kTruncatedNormal, kDefault };
Layer linear_layer(LinearStart start, int inputs, int outputs, bool with_bias,
                   at::Generator& generator);

}  // namespace sr
