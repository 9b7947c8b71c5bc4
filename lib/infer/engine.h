#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <opencv2/core/mat.hpp>

#include "device/memory.h"
#include "infer/super_resolve.h"
#include "nn/network.h"

namespace sr {

/// Memory ran out: from here on images are cut into tiles of this side.
struct SmallerTiles {
  int tile_size = 0;                 ///< LQ pixels
  std::int64_t requested_bytes = 0;  ///< of the allocation that was refused; 0 = unknown
  double lost_ms = 0;                ///< of the attempt that failed
};

/// Runs networks over images of any size: whole, until memory runs out; then tiles shrink over 512,
/// 256, 128, 64 LQ pixels, the image is done again, and the size found is kept for the next ones.
class Engine {
 public:
  using OnSmallerTiles = std::function<void(const SmallerTiles&)>;

  /// `memory`: of options.device; must outlive the engine.
  Engine(const InferenceOptions& options, DeviceMemory& memory, OnSmallerTiles on_smaller_tiles);

  /// super_resolve() with the ladder. `name` is what messages call the image. Throws
  /// DoesNotFitError when not even the smallest tiles fit.
  ResolvedImage run(const Network& network, const cv::Mat& lq, const std::string& name,
                    int depth = CV_8U);

  /// Tile size in force, 0 = whole images.
  int tile_size() const { return options_.tile_size; }
  void set_tile_size(int tile_size) { options_.tile_size = tile_size; }

 private:
  InferenceOptions options_;
  DeviceMemory& memory_;
  OnSmallerTiles on_smaller_tiles_;
};

}  // namespace sr
