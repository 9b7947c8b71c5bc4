#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "data/scene_list.h"

namespace sr {

class ProbeCache;

/// A GT scene and its LQ. Where both are stills they are matched frame by frame; where one is a
/// video file, nothing is known of its frames yet.
struct ScenePair {
  std::string
      name;  ///< unique in the data set; with several roots it begins with the root's number
  SceneFiles gt;
  SceneFiles lq;  ///< without files: made from GT
};

/// The scenes of a video set by name; no file's content is judged yet.
struct ScenePairing {
  std::vector<ScenePair> scenes;  ///< sorted by root, then name
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

/// Lists the roots of a video set and matches GT and LQ root by root, scene by scene (`with_lq`
/// false: GT alone). Stills are partners as in image sets, by their stems; a video file has the
/// video file of its name as its partner, or the stills of the scene of that name. filename_tmpl
/// applies to all of them. `cache`: as in list_images. Throws ConfigError for a template without
/// '{}'.
ScenePairing pair_scenes(const DatasetConfig& config, bool with_lq, const ProbeCache* cache);

}  // namespace sr
