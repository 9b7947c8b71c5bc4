#include "optim/loss_scaler.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace sr {

namespace {
constexpr double kInitialScale = 65536;
constexpr double kGrowth = 2;
constexpr double kBackoff = 0.5;
constexpr std::int64_t kGrowthInterval = 2000;
}  // namespace

LossScaler::LossScaler(bool enabled, at::Device device) : enabled_(enabled) {
  const auto real = torch::dtype(torch::kFloat32).device(device);
  scale_ = torch::full({}, enabled ? kInitialScale : 1.0, real);
  inverse_scale_ = scale_.reciprocal();
  growth_tracker_ = torch::zeros({}, real.dtype(torch::kInt32));
  before_scale_ = scale_.clone();
  before_growth_tracker_ = growth_tracker_.clone();
}

void LossScaler::update(const at::Tensor& found_inf, const at::Tensor& held) {
  if (!enabled_) {
    return;
  }
  const at::NoGradGuard no_grad;
  if (held.defined()) {
    before_scale_.copy_(scale_);
    before_growth_tracker_.copy_(growth_tracker_);
  }
  at::_amp_update_scale_(scale_, growth_tracker_, found_inf, kGrowth, kBackoff, kGrowthInterval);
  if (held.defined()) {
    at::where_out(scale_, held, before_scale_, scale_);
    at::where_out(growth_tracker_, held, before_growth_tracker_, growth_tracker_);
  }
  loaded();
}

std::int64_t LossScaler::failed_unscaled(std::int64_t in_a_row) const {
  if (!enabled_) {
    return in_a_row;
  }
  const double halved_below_one = -std::log2(static_cast<double>(scale_.item<float>()));
  return static_cast<std::int64_t>(
      std::clamp(halved_below_one, 0.0, static_cast<double>(in_a_row)));
}

std::vector<NamedState> LossScaler::state() const {
  return {{"scale", scale_}, {"growth_tracker", growth_tracker_}};
}

// Exact: the scale is a power of two.
void LossScaler::loaded() {
  at::reciprocal_out(inverse_scale_, scale_);
}

}  // namespace sr
