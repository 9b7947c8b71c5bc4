#include "degrade/degrade.h"

#include <algorithm>

#include "degrade/jpeg.h"
#include "degrade/resized.h"
#include "degrade/sharpen.h"
#include "degrade/thick_lines.h"

namespace sr {
namespace {

cv::Size scaled(cv::Size size, double factor) {
  const auto side = [&](int length) { return std::max(1, static_cast<int>(length * factor)); };
  return {side(size.width), side(size.height)};
}

cv::Mat blurred(const cv::Mat& image, const BlurPlan& plan) {
  if (plan.sinc) {
    return filtered(image, sinc_kernel(plan.sinc->size, plan.sinc->cutoff));
  }
  if (plan.shape == KernelShape::kIso) {
    return filtered_gaussian(image, plan.size, plan.ellipse.sigma_x);
  }
  return filtered(image, blur_kernel(plan.shape, plan.size, plan.ellipse, plan.beta));
}

/// Of an image that belongs to the caller.
void add_noise(cv::Mat& image, const NoisePlan& plan) {
  if (plan.gaussian) {
    add_gaussian_noise(image, plan.strength, plan.field);
  } else {
    add_poisson_noise(image, plan.strength, plan.field);
  }
}

cv::Mat blurred_resized_noisy(const cv::Mat& image, const StagePlan& plan, cv::Size size,
                              bool antialias) {
  cv::Mat result = plan.blur ? blurred(image, *plan.blur) : image;
  result = resized(result, size, plan.resize_mode, antialias);
  if (result.data == image.data) {
    result = image.clone();
  }
  add_noise(result, plan.noise);
  return result;
}

cv::Mat compressed(const cv::Mat& image, const StagePlan& plan) {
  return plan.jpeg_quality ? jpeg_compressed(image, *plan.jpeg_quality) : image;
}

cv::Mat finally_resized(const cv::Mat& image, const DegradationPlan& plan, cv::Size lq) {
  const cv::Mat result = resized(image, lq, plan.final_mode, plan.antialias);
  return plan.final_sinc
             ? filtered(result, sinc_kernel(plan.final_sinc->size, plan.final_sinc->cutoff))
             : result;
}

}  // namespace

cv::Mat degraded(const cv::Mat& gt, const DegradationPlan& plan, cv::Size lq) {
  cv::Mat image = plan.sharpen_radius ? sharpened(gt, *plan.sharpen_radius) : gt;
  if (plan.thick_lines) {
    image = with_thick_lines(image);
  }
  image = blurred_resized_noisy(image, plan.first, scaled(gt.size(), plan.first.resize_factor),
                                plan.antialias);
  image = compressed(image, plan.first);
  image = blurred_resized_noisy(image, plan.second, scaled(lq, plan.second.resize_factor),
                                plan.antialias);
  if (plan.resize_before_jpeg) {
    image = compressed(finally_resized(image, plan, lq), plan.second);
  } else {
    image = finally_resized(compressed(image, plan.second), plan, lq);
  }
  cv::Mat result;
  image.convertTo(result, CV_8U, 255);
  return result;
}

}  // namespace sr
