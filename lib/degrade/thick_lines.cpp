#include "degrade/thick_lines.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace sr {

cv::Mat with_thick_lines(const cv::Mat& image) {
  cv::Mat darkest;
  cv::erode(image, darkest, cv::Mat::ones(3, 3, CV_8U));  // what is outside counts as infinite
  cv::Mat result;
  cv::addWeighted(image, 0.75, darkest, 0.25, 0, result);
  return result;
}

}  // namespace sr
