#pragma once

#include <opencv2/core/mat.hpp>

#include "degrade/plan.h"

namespace sr {

/// Makes LQ (size lq, CV_8UC3) out of GT (CV_32FC3, RGB in 0..1, any size) by the plan:
///   sharpen - blur - resize - noise - JPEG - blur - resize to lq x factor - noise -
///   (resize to lq, sinc, JPEG  or  JPEG, resize to lq, sinc) - clamp and round
/// after Real-ESRGAN (Wang et al. 2021, arXiv 2107.10833, section 3). Borders are reflected. The
/// result depends on the arguments alone.
cv::Mat degraded(const cv::Mat& gt, const DegradationPlan& plan, cv::Size lq);

}  // namespace sr
