#include "train/discriminator_pause.h"

#include <torch/torch.h>

namespace sr {

DiscriminatorPause::DiscriminatorPause(double decay, double threshold, const Module& discriminator)
    : discriminator_(discriminator),
      share_({"d_skipped"}, discriminator.parameters().front().tensor.device()) {
  for (const NamedTensor& buffer : discriminator.buffers()) {
    kept_buffers_.push_back(buffer.tensor.clone());
  }
  const auto options = at::TensorOptions()
                           .dtype(at::kFloat)
                           .device(discriminator.parameters().front().tensor.device());
  decay_ = at::full({}, decay, options);
  rest_ = at::full({}, 1 - decay, options);
  threshold_ = at::full({}, threshold, options);
  for (at::Tensor* number : {&smoothed_, &next_, &now_, &scratch_, &waits_}) {
    *number = at::zeros({}, options);
  }
  flag_ = at::zeros({}, options.dtype(at::kBool));
  bad_ = at::zeros({}, options.dtype(at::kBool));
}

void DiscriminatorPause::begin() {
  now_.zero_();
  share_.begin();
}

void DiscriminatorPause::add(const at::Tensor& loss) {
  now_.add_(loss.detach());
}

void DiscriminatorPause::keep_buffers() {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < kept_buffers_.size(); ++i) {
    kept_buffers_[i].copy_(discriminator_.buffers()[i].tensor);
  }
}

void DiscriminatorPause::decide(bool generator_trained) {
  next_.copy_(smoothed_);
  if (!generator_trained) {
    flag_.zero_();
    waits_.zero_();
    return;
  }
  scratch_.copy_(now_).mul_(rest_);
  next_.mul_(decay_).add_(scratch_);
  scratch_.copy_(smoothed_).mul_(threshold_);
  at::gt_out(flag_, next_, scratch_);
  waits_.copy_(flag_);
}

void DiscriminatorPause::settle_buffers() {
  for (std::size_t i = 0; i < kept_buffers_.size(); ++i) {
    at::Tensor buffer = discriminator_.buffers()[i].tensor;
    at::where_out(buffer, flag_, kept_buffers_[i], buffer);
  }
}

void DiscriminatorPause::commit(const at::Tensor& found_inf) {
  share_.add(0, waits_);
  share_.commit(found_inf);
  bad_.copy_(found_inf);
  at::where_out(smoothed_, bad_, smoothed_, next_);
}

}  // namespace sr
