#include <cstddef>

#include <torch/torch.h>

#include "loss/loss.h"
#include "loss/penalty.h"
#include "loss/similarity.h"
#include "recipe/mssim_loss.h"

namespace sr {
namespace {

class MssimLoss final : public Loss {
 public:
  explicit MssimLoss(const recipe::MssimOptions& options)
      : similarity_(options.test_y_channel, options.color_space),
        luminance_(options.include_luminance) {}

  at::Tensor operator()(const LossImages& images) const override {
    at::Tensor output = similarity_.planes(images.output);
    at::Tensor gt = similarity_.planes(images.gt);
    at::Tensor product;
    for (std::size_t scale = 0; scale < kMsSsimPowers.size(); ++scale) {
      const bool last = scale + 1 == kMsSsimPowers.size();
      const at::Tensor similarity =
          similarity_.compare(output, gt, last && luminance_).mean({1, 2, 3});
      const at::Tensor factor = power_from_zero(similarity, kMsSsimPowers[scale]);
      product = product.defined() ? product * factor : factor;
      if (!last) {
        output = next_scale(output);
        gt = next_scale(gt);
      }
    }
    return 1 - product.mean().clamp(0, 1);
  }

  void to(at::Device device, bool /*channels_last*/) override { similarity_.to(device); }

 private:
  Similarity similarity_;
  bool luminance_;
};

class SsimLoss final : public Loss {
 public:
  explicit SsimLoss(const recipe::SsimOptions& options)
      : similarity_(options.test_y_channel, options.color_space) {}

  at::Tensor operator()(const LossImages& images) const override {
    return 1 - similarity_
                   .compare(similarity_.planes(images.output), similarity_.planes(images.gt),
                            /*luminance=*/true)
                   .mean();
  }

  void to(at::Device device, bool /*channels_last*/) override { similarity_.to(device); }

 private:
  Similarity similarity_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const MssimOptions& options) {
  return std::make_unique<MssimLoss>(options);
}

std::unique_ptr<Loss> recipe::make_loss(const SsimOptions& options) {
  return std::make_unique<SsimLoss>(options);
}

}  // namespace sr
