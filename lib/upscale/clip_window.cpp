#include "upscale/clip_window.h"

#include <utility>

#include "data/validation.h"

namespace sr {

ClipWindow::ClipWindow(int frames, std::function<void(cv::Mat)> use)
    : frames_(static_cast<std::size_t>(frames)), use_(std::move(use)) {}

void ClipWindow::push(const cv::Mat& frame) {
  for (std::size_t i = window_.empty() ? 0 : frames_ / 2; i <= frames_ / 2; ++i) {
    push_one(frame);
  }
}

void ClipWindow::finish() {
  for (std::size_t i = 0; i < frames_ / 2 && !window_.empty(); ++i) {
    push_one(cv::Mat(window_.back()));
  }
}

void ClipWindow::push_one(const cv::Mat& frame) {
  window_.push_back(frame);
  if (window_.size() > frames_) {
    window_.pop_front();
  }
  if (window_.size() == frames_) {
    use_(stack_frames({window_.begin(), window_.end()}));
  }
}

}  // namespace sr
