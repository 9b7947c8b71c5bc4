#pragma once

#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

namespace sr::tiny {

struct Scene {
  std::string set;   ///< "train" or "val"
  std::string name;  ///< file name without extension
  int width = 0;     ///< a multiple of 12, as the height: LR of x2, x3 and x4 come out even
  int height = 0;
  int index = 0;  ///< seed of its random draws
};

/// All images of the set.
std::vector<Scene> scenes();

/// The HR image (8-bit RGB); the same pixels in every call on every machine.
cv::Mat draw(const Scene& scene);

}  // namespace sr::tiny
