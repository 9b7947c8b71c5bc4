#include "data/scene_pairing.h"

#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/lines.h"
#include "core/path_status.h"
#include "data/file_list.h"
#include "data/pair_check.h"
#include "data/pairing.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// The LQ scenes of one root and what of them has found a GT.
class Partners {
 public:
  explicit Partners(std::vector<SceneFiles> scenes) : scenes_(std::move(scenes)) {
    for (const SceneFiles& scene : scenes_) {
      by_name_.emplace(scene.name, &scene);
      for (const StillFrame& frame : scene.frames) {
        stills_.emplace(frame.stem, &frame);
      }
    }
  }

  /// Of the stills of a scene the names decide, so that `with_stills` false takes videos alone.
  const SceneFiles* take_scene(const std::string& name, bool with_stills) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end() || (found->second->video.empty() && !with_stills)) {
      return nullptr;
    }
    taken_scenes_.insert(name);
    return found->second;
  }

  const StillFrame* take_still(const std::string& stem) {
    const auto found = stills_.find(stem);
    if (found == stills_.end()) {
      return nullptr;
    }
    taken_stills_.insert(stem);
    return found->second;
  }

  struct Left {
    std::vector<std::string> scenes;  ///< names of those that nothing was taken of
    std::vector<std::string> frames;  ///< stems of the rest
  };
  Left left() const {
    Left result;
    for (const SceneFiles& scene : scenes_) {
      if (taken_scenes_.contains(scene.name)) {
        continue;
      }
      std::vector<std::string> frames;
      for (const StillFrame& frame : scene.frames) {
        if (!taken_stills_.contains(frame.stem)) {
          frames.push_back(frame.stem);
        }
      }
      if (frames.size() == scene.frames.size()) {
        result.scenes.push_back(scene.name);
      } else {
        result.frames.insert(result.frames.end(), frames.begin(), frames.end());
      }
    }
    return result;
  }

 private:
  std::vector<SceneFiles> scenes_;
  std::map<std::string, const SceneFiles*> by_name_;
  std::map<std::string, const StillFrame*> stills_;
  std::set<std::string> taken_scenes_, taken_stills_;
};

/// The name of a root's own folder, for the stills that lie in it without a scene's name.
std::string folder_name(const std::string& root) {
  return normal_path(root).filename().string();
}

class SceneMatcher {
 public:
  SceneMatcher(const DatasetConfig& config, bool with_lq, const ProbeCache* cache)
      : config_(config), with_lq_(with_lq), cache_(cache) {}

  ScenePairing run() {
    for (std::size_t root = 0; root < config_.dataroot_gt.size(); ++root) {
      std::vector<SceneFiles> gt = list_scenes(config_.dataroot_gt[root], "dataroot_gt");
      const std::size_t first = result_.scenes.size();
      if (with_lq_) {
        match_root(root, std::move(gt));
      } else {
        for (SceneFiles& scene : gt) {
          add(std::move(scene), {});
        }
      }
      name_scenes(root, first);
    }
    return std::move(result_);
  }

 private:
  std::vector<SceneFiles> list_scenes(const std::string& root, const char* key) {
    const FileList list = list_images_and_videos(root, cache_);
    for (const std::string& problem : list.problems) {
      result_.problems.push_back(fmt::format("{}: {}", key, problem));
    }
    if (list.left_out.count() > 0) {
      result_.warnings.push_back(fmt::format("{}: {}", root, list.left_out.text()));
    }
    std::vector<SceneFiles> scenes = group_scenes(list.files);
    for (std::size_t i = 1; i < scenes.size(); ++i) {
      if (scenes[i].name == scenes[i - 1].name) {
        result_.problems.push_back(
            fmt::format("{}: a video file and stills are both called '{}'", root, scenes[i].name));
      }
    }
    return scenes;
  }

  void match_root(std::size_t root, std::vector<SceneFiles> gt) {
    std::vector<SceneFiles> lq = list_scenes(config_.dataroot_lq[root], "dataroot_lq");
    if (gt.empty() || lq.empty()) {
      return;  // a problem of that folder, which is told; the other's scenes would hide it
    }
    Partners partners(std::move(lq));
    Partners::Left lonely;
    for (SceneFiles& scene : gt) {
      if (!match_stills(scene, partners, lonely.frames) && !match_scene(scene, partners)) {
        lonely.scenes.push_back(scene.name);
      }
    }
    const std::string& gt_root = config_.dataroot_gt[root];
    const std::string& lq_root = config_.dataroot_lq[root];
    report_unpaired(lonely, gt_root, lq_root);
    report_unpaired(partners.left(), lq_root, gt_root);
  }

  /// False when no still of the scene has a partner.
  bool match_stills(SceneFiles& gt, Partners& partners, std::vector<std::string>& lonely) {
    SceneFiles with_partner, lq;
    std::vector<std::string> without;
    for (const StillFrame& frame : gt.frames) {
      if (const StillFrame* partner =
              partners.take_still(lq_stem(frame.stem, config_.filename_tmpl))) {
        with_partner.frames.push_back(frame);
        lq.frames.push_back(*partner);
      } else {
        without.push_back(frame.stem);
      }
    }
    if (lq.frames.empty()) {
      return false;
    }
    lonely.insert(lonely.end(), without.begin(), without.end());
    gt.frames = std::move(with_partner.frames);
    add(std::move(gt), std::move(lq));
    return true;
  }

  bool match_scene(SceneFiles& gt, Partners& partners) {
    const std::string name = gt.name.empty() ? gt.name : lq_stem(gt.name, config_.filename_tmpl);
    const SceneFiles* lq = partners.take_scene(name, /*with_stills=*/!gt.video.empty());
    if (lq == nullptr) {
      return false;
    }
    add(std::move(gt), *lq);
    return true;
  }

  void add(SceneFiles gt, SceneFiles lq) {
    std::string name = gt.name;
    result_.scenes.push_back({std::move(name), std::move(gt), std::move(lq)});
  }

  /// Gives the scenes of a root, the last ones of the list, names that are unique in the set.
  void name_scenes(std::size_t root, std::size_t first) {
    std::set<std::string> names;
    for (std::size_t i = first; i < result_.scenes.size(); ++i) {
      std::string& name = result_.scenes[i].name;
      if (name.empty()) {
        name = folder_name(config_.dataroot_gt[root]);
      }
      if (!names.insert(name).second) {
        result_.problems.push_back(
            fmt::format("{}: two scenes are called '{}'", config_.dataroot_gt[root], name));
      }
      if (config_.dataroot_gt.size() > 1) {
        name = fmt::format("{}/{}", root + 1, name);
      }
    }
  }

  void report_unpaired(const Partners::Left& lonely, const std::string& here,
                       const std::string& there) {
    const std::string rule = config_.filename_tmpl == DatasetConfig().filename_tmpl
                                 ? ""
                                 : fmt::format(" (filename_tmpl '{}')", config_.filename_tmpl);
    const auto report = [&](const char* what, const std::vector<std::string>& names) {
      if (!names.empty()) {
        result_.problems.push_back(fmt::format("{}: {} {}{} without a partner in {}{}: {}", here,
                                               names.size(), what, names.size() == 1 ? "" : "s",
                                               there, rule, shortened_list(names)));
      }
    };
    report("scene", lonely.scenes);
    report("frame", lonely.frames);
  }

  const DatasetConfig& config_;
  bool with_lq_;
  const ProbeCache* cache_;
  ScenePairing result_;
};

}  // namespace

ScenePairing pair_scenes(const DatasetConfig& config, bool with_lq, const ProbeCache* cache) {
  return SceneMatcher(config, with_lq, cache).run();
}

}  // namespace sr
