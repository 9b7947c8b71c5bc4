#include <torch/torch.h>

#include "loss/loss.h"
#include "loss/penalty.h"
#include "recipe/focal_frequency_loss.h"

namespace sr {
namespace {

constexpr double kFactor = 50;

class FocalFrequencyLoss final : public Loss {
 public:
  explicit FocalFrequencyLoss(const recipe::FocalFrequencyOptions& options)
      : alpha_(options.alpha),
        patches_(options.patch_factor),
        average_(options.ave_spectrum),
        logarithm_(options.log_matrix),
        whole_batch_(options.batch_matrix) {}

  at::Tensor operator()(const LossImages& images) const override {
    // The transform is linear, so one of the difference does for both images.
    const at::Tensor difference = images.output - images.gt;
    const at::Tensor cut = split(average_ ? difference.mean(0, /*keepdim=*/true) : difference);
    const at::Tensor spectrum = at::fft_fft2(cut, {}, {-2, -1}, "ortho");
    const at::Tensor square = at::view_as_real(spectrum).square().sum(-1);
    return kFactor * (weight_of(square.detach()) * square).mean();
  }

  bool is_mean_over_samples() const override { return !average_ && !whole_batch_; }

 private:
  /// [N, C, H, W] to [N, C, patches, patches, H / patches, W / patches].
  at::Tensor split(const at::Tensor& images) const {
    const std::int64_t height = images.size(2) / patches_;
    const std::int64_t width = images.size(3) / patches_;
    return images.narrow(2, 0, height * patches_)
        .narrow(3, 0, width * patches_)
        .reshape({images.size(0), images.size(1), patches_, height, patches_, width})
        .transpose(3, 4);
  }

  at::Tensor weight_of(const at::Tensor& square) const {
    const at::Tensor distance = square.pow(alpha_ / 2);
    const at::Tensor weight = logarithm_ ? (distance + 1).log() : distance;
    const at::Tensor largest = whole_batch_ ? weight.max() : weight.amax({-2, -1}, true);
    return weight / largest.masked_fill(largest.eq(0), 1);
  }

  double alpha_;
  std::int64_t patches_;
  bool average_;
  bool logarithm_;
  bool whole_batch_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const FocalFrequencyOptions& options) {
  return std::make_unique<FocalFrequencyLoss>(options);
}

}  // namespace sr
