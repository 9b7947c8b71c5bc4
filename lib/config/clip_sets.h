#pragma once

#include "config/config.h"

namespace sr {

/// Samples are clips out of scenes: frames of videos, or images that belong together by their
/// names. Of a set whose LQ is made by degradation its clip_size tells.
inline bool has_scenes(const DatasetConfig& set) {
  return set.is_video() || (set.is_degraded() && set.clip_size > 1);
}

}  // namespace sr
