#include "perception/topiq.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include <torch/torch.h>

#include "core/error.h"
#include "device/out_of_memory.h"
#include "perception/feature_comparison.h"

namespace sr {
namespace {

const at::Device kLastResort(at::kCPU);

}  // namespace

Topiq::Topiq(TopiqKind kind, FeatureStack::Weights weights, const std::string& device)
    : kind_(kind),
      weights_(std::move(weights)),
      device_(device),
      network_(kind, weights_, device_) {
  if (device_ == kLastResort) {
    weights_.clear();  // there is nowhere else to go
  }
}

double Topiq::operator()(const cv::Mat& output, const cv::Mat& gt) {
  const at::NoGradGuard no_grad;
  const auto quality = [&] {
    const at::Tensor image = unit_image(output, device_);
    return network_.quality(
        kind_ == TopiqKind::kNoReference ? image : at::cat({image, unit_image(gt, device_)}));
  };
  while (true) {
    double found = 0;
    const std::optional<OutOfMemory> failure =
        run_or_out_of_memory([&] { found = quality(); }, [] { return true; });
    if (!failure) {
      return found;
    }
    if (device_ == kLastResort) {
      throw DoesNotFitError(fmt::format("TOPIQ of {} x {} pixels does not fit into memory",
                                        output.cols, output.rows));
    }
    device_ = kLastResort;
    network_ = Cfanet(kind_, weights_, device_);
  }
}

}  // namespace sr
