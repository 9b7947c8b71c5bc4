#include "nn/batch_norm.h"

#include <optional>

#include <torch/torch.h>

namespace sr {
namespace {

constexpr double kMomentum = 0.1;
constexpr double kEps = 1e-5;

}  // namespace

Statistics statistics_in_block(Statistics of_pass, Computed how) {
  const bool again =
      how == Computed::kTwice && at::GradMode::is_enabled() && of_pass == Statistics::kBatch;
  return again ? Statistics::kBatchAgain : of_pass;
}

BatchNorm::BatchNorm(std::int64_t channels)
    : weight_(add_parameter("weight", torch::ones({channels}))),
      bias_(add_parameter("bias", torch::zeros({channels}))),
      mean_(add_buffer("running_mean", torch::zeros({channels}))),
      variance_(add_buffer("running_var", torch::ones({channels}))),
      batches_(add_buffer("num_batches_tracked", torch::zeros({}, at::kLong))) {}

at::Tensor BatchNorm::operator()(const at::Tensor& features, Statistics statistics) const {
  const bool again = statistics == Statistics::kBatchAgain;
  if (statistics == Statistics::kBatch) {
    at::Tensor(batches_).add_(1);
  }
  return at::batch_norm(features, weight_, bias_, again ? std::nullopt : std::optional(mean_),
                        again ? std::nullopt : std::optional(variance_),
                        /*training=*/statistics != Statistics::kRunning, kMomentum, kEps,
                        /*cudnn_enabled=*/true);
}

}  // namespace sr
