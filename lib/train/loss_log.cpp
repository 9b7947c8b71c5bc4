#include "train/loss_log.h"

#include <torch/torch.h>

#include <limits>

#include "automation/learning_rate_scheduler.h"

namespace sr {

std::int64_t losses_to_keep(const Config& config) {
  return config.learning_rate_scheduler || config.early_stopping ? kRateDecisionSteps : 0;
}

LossLog::LossLog(std::int64_t capacity, at::Device device) {
  const auto real = at::TensorOptions().dtype(at::kFloat).device(device);
  values_ = at::zeros({capacity}, real);
  for (std::int64_t i = 0; i < capacity; ++i) {
    places_.push_back(values_.select(0, i));
  }
  bad_ = at::zeros({}, real.dtype(at::kBool));
  zero_ = at::zeros({}, real);
  nan_ = at::full({}, std::numeric_limits<float>::quiet_NaN(), real);
}

void LossLog::commit(const at::Tensor& loss, const at::Tensor& found_inf) {
  if (places_.empty()) {
    return;
  }
  const at::NoGradGuard no_grad;
  TORCH_CHECK(count_ < places_.size(), "the losses of earlier steps were not taken");
  at::gt_out(bad_, found_inf, zero_);
  at::where_out(places_[count_], bad_, nan_, loss);
  ++count_;
}

std::vector<float> LossLog::take() {
  const at::Tensor values = values_.cpu();
  const float* first = values.const_data_ptr<float>();
  std::vector<float> losses(first, first + count_);
  count_ = 0;
  return losses;
}

}  // namespace sr
