#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/file_list.h"

namespace sr {

/// A still that is a frame of a scene.
struct StillFrame {
  std::string label;  ///< what its name says besides the scene's: "0012"
  std::string stem;   ///< of its file, below the root
  FilePath path;
};

/// The frames of one scene in a root: one video file, or stills.
struct SceneFiles {
  /// Path below the root, '/' separated; empty: stills without a scene's name in the root itself.
  std::string name;
  FilePath video;                  ///< empty: stills
  std::vector<StillFrame> frames;  ///< stills, in their order in time
};

/// Which scene a still belongs to, by its name alone.
///   clip/0012        scene clip, frame 0012: without '_' the folder is the scene
///   my_clip_0012     scene my_clip, frame 0012: the last part, when it is a number
///   show_0012_left   scene show, frame 0012_left: else the first part, as traiNNer-redux has it
struct FrameName {
  std::string scene;
  std::string label;
};
FrameName frame_name(const std::string& stem);

/// Orders names by their numbers: "f9" before "f10". Names that differ in zeros in front alone are
/// ordered by their bytes.
bool natural_less(const std::string& a, const std::string& b);

/// The scenes of a root, sorted by name (bytes), the frames of each by number.
std::vector<SceneFiles> group_scenes(const std::vector<ImageFile>& files);

}  // namespace sr
