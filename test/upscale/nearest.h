#pragma once

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "upscale/resolver.h"

namespace sr::test {

/// Repeats each pixel: what a network does whose weights are zero and whose residual is the input.
/// Of a clip the middle frame.
inline Resolver nearest(int scale, int frames = 1) {
  return {scale, frames, [=](const cv::Mat& lq, int depth, const std::string&) {
            std::vector<cv::Mat> channels;
            cv::split(lq, channels);
            const auto middle = channels.begin() + 3 * (frames / 2);
            cv::Mat rgb;
            cv::merge(std::vector<cv::Mat>(middle, middle + 3), rgb);
            const double range = lq.depth() == CV_8U ? 255 : lq.depth() == CV_16U ? 65535 : 1;
            rgb.convertTo(rgb, depth, (depth == CV_8U ? 255 : 1) / range);
            cv::Mat large;
            cv::resize(rgb, large, {}, scale, scale, cv::INTER_NEAREST);
            return large;
          }};
}

}  // namespace sr::test
