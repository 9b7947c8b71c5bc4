#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core/types.hpp>

#include "prepare/settings.h"
#include "prepare/source.h"

namespace sr {

/// Where sub-images of side `crop` begin along a side of this length: at 0, step, 2 step ... as
/// long as they fit, and one more that ends at the edge when more than min_rest pixels are left
/// there. Empty when length < crop. The rule of BasicSR's extract_subimages (crop_size, step,
/// thresh_size).
std::vector<int> tile_positions(int length, int crop, int step, int min_rest);

/// One picture of the prepared set.
struct Part {
  cv::Rect area;     ///< of the source picture, GT pixels
  std::string name;  ///< below hr/, lr_x2/ ...: "folder/a_s001.png", '/' separated
};

/// A folder of the prepared set.
struct SetFolder {
  std::string name;  ///< "hr", "lr_x2" ...
  int scale = 1;     ///< GT sides / sides in here
};

/// Which pictures are made of a source, and where they go. All a function of the recipe and the
/// source's sides, so that a file in the output folder can be known by its name.
class Layout {
 public:
  explicit Layout(const Recipe& recipe);

  const std::vector<SetFolder>& folders() const { return folders_; }

  /// The sides that are used, from the top left: multiples of the alignment.
  cv::Size used_size(const Source& source) const;
  /// True when a picture is cut into sub-images; false for one that stays whole.
  bool is_cut(const Source& source) const;

  /// What is made of an image (frame ignored) or of one frame of a video. Sub-images count from 1
  /// in rows: image a.jpg gives a.png, or a_s001.png ...; video v.mp4 gives v/000000.png ..., or
  /// v_s001/000000.png ..., so that each folder is a scene. A name that would be longer than a file
  /// system takes is cut (short_name()).
  std::vector<Part> parts(const Source& source, std::int64_t frame) const;

  /// Pictures of the source, frames counted: 1 for an image.
  static std::int64_t pictures(const Source& source);

  /// Calls `visit` with every part of the source.
  template <typename Visit>
  void for_each_part(const Source& source, Visit visit) const {
    for (std::int64_t frame = 0; frame < pictures(source); ++frame) {
      for (const Part& part : parts(source, frame)) {
        visit(part);
      }
    }
  }

 private:
  std::vector<cv::Rect> areas(const Source& source) const;

  int crop_;
  int step_;
  int min_rest_;
  int alignment_;
  std::vector<SetFolder> folders_;
};

}  // namespace sr
