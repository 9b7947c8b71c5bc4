#pragma once

#include <string>
#include <vector>

#include "data/pairs.h"
#include "data/scene_pairing.h"

namespace sr {

/// What the checks of a video set's files ask for.
struct SceneRules {
  int scale = 2;
  bool training = true;  ///< GT must be LQ x scale exactly; in validation the larger one is cropped
  int clip_size = 1;     ///< frames; shorter scenes are left out
  Preflight preflight{};
};

/// The frames of a video set as items, and what is wrong with the files.
struct SceneFrames {
  std::vector<ImagePair> pairs;
  std::vector<Scene> scenes;  ///< cover `pairs`
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

/// Reads the header of every still (preflight.deep: decodes it) and every video from one end to the
/// other, unless the cache knows it, in parallel. Problems, each naming its file: an unusable file,
/// sides that change within a scene or do not fit the scale, GT and LQ of different numbers of
/// frames, no scene as long as a clip.
SceneFrames check_scenes(const std::vector<ScenePair>& scenes, const SceneRules& rules);

}  // namespace sr
