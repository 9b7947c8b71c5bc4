#include "data/scene_check.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/lines.h"
#include "core/parallel.h"
#include "core/shared_progress.h"
#include "data/pair_check.h"
#include "data/pair_fit.h"
#include "data/probe_cache.h"
#include "image/video.h"

namespace sr {
namespace {

/// What is known of one side of a scene.
struct Side {
  const SceneFiles* files = nullptr;
  std::string name;  ///< for messages: the video file or the first still
  Sides sides;       ///< of all frames; 0x0 when the files have a problem
  std::int64_t frames = 0;
};

bool has_files(const SceneFiles& files) {
  return !files.video.empty() || !files.frames.empty();
}

ProbeCache::Entry probe_or_recall(const std::filesystem::path& video, const Preflight& preflight) {
  if (preflight.cache != nullptr && !preflight.deep) {
    const auto known = preflight.cache->find(video);
    if (known && known->frames > 0) {
      return *known;
    }
  }
  const VideoInfo info = probe_video(video);
  const ProbeCache::Entry entry{info.width, info.height, info.frames, info.warning};
  if (preflight.cache != nullptr) {
    preflight.cache->store(video, entry);
  }
  return entry;
}

class SceneChecker {
 public:
  SceneChecker(const std::vector<ScenePair>& scenes, const SceneRules& rules)
      : scenes_(scenes), rules_(rules) {}

  SceneFrames run() {
    for (const ScenePair& scene : scenes_) {
      add_side(scene.gt);
      if (has_files(scene.lq)) {
        add_side(scene.lq);
      }
    }
    probe_videos();
    probe_stills();
    auto side = sides_.begin();
    for (const ScenePair& scene : scenes_) {
      const Side& gt = *side++;
      check_scene(scene, gt, has_files(scene.lq) ? &*side++ : nullptr);
    }
    report_groups();
    return std::move(result_);
  }

 private:
  void add_side(const SceneFiles& files) {
    Side side;
    side.files = &files;
    side.frames = static_cast<std::int64_t>(files.frames.size());
    side.name = files.video.empty() ? files.frames.front().path.string() : files.video.string();
    (files.video.empty() ? stills_ : videos_) += files.video.empty() ? files.frames.size() : 1;
    sides_.push_back(std::move(side));
  }

  /// Videos first: their decoder has threads of its own, and they take longest.
  void probe_videos() {
    std::vector<Side*> videos;
    for (Side& side : sides_) {
      if (!side.files->video.empty()) {
        videos.push_back(&side);
      }
    }
    SharedProgress progress(videos.size(), [&](std::size_t done, std::size_t) { tell(done); });
    std::vector<std::string> problems(videos.size()), warnings(videos.size());
    for_each_index(videos.size(), useful_threads(), [&](std::size_t i) {
      try {
        const auto entry = probe_or_recall(videos[i]->files->video, rules_.preflight);
        videos[i]->sides = {entry.width, entry.height};
        videos[i]->frames = entry.frames;
        warnings[i] = entry.note;
      } catch (const DataError& error) {
        problems[i] = error.what();
      }
      progress.add_one();
    });
    progress.finish();
    collect(std::move(problems), result_.problems);
    collect(std::move(warnings), result_.warnings);
  }

  static void collect(std::vector<std::string> from, std::vector<std::string>& to) {
    std::copy_if(std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()),
                 std::back_inserter(to), [](const std::string& text) { return !text.empty(); });
  }

  void tell(std::size_t done) const {
    if (rules_.preflight.progress) {
      rules_.preflight.progress(done, videos_ + stills_);
    }
  }

  /// At scale 1 nothing is asked of a still but that it can be read.
  void probe_stills() {
    std::vector<ImagePair> stills;
    for (const Side& side : sides_) {
      for (const StillFrame& frame : side.files->frames) {
        stills.emplace_back().gt = frame.path;
      }
    }
    PairRules alone{.scale = 1, .training = false, .preflight = rules_.preflight};
    alone.preflight.progress = [&](std::size_t done, std::size_t) { tell(videos_ + done); };
    PairFindings findings = check_pairs(stills, alone);
    collect(std::move(findings.problems), result_.problems);
    collect(std::move(findings.warnings), result_.warnings);
    auto still = stills.begin();
    for (Side& side : sides_) {
      const auto end = still + static_cast<std::ptrdiff_t>(side.files->frames.size());
      if (still != end) {
        settle_sides(side, still, end);
      }
      still = end;
    }
  }

  using Stills = std::vector<ImagePair>::const_iterator;
  void settle_sides(Side& side, Stills begin, Stills end) {
    const auto sides_of = [](const ImagePair& still) {
      return Sides{still.lq_width, still.lq_height};
    };
    if (std::any_of(begin, end, [&](const auto& still) { return sides_of(still) == Sides{}; })) {
      return;  // a file of the scene cannot be read, which is a problem already
    }
    const auto other = std::find_if(
        begin, end, [&](const auto& still) { return sides_of(still) != sides_of(*begin); });
    if (other != end) {
      result_.problems.push_back(fmt::format("{}: is {}, but the scene begins with {} in {}",
                                             other->gt.string(), sides_of(*other).text(),
                                             sides_of(*begin).text(), begin->gt.string()));
      return;
    }
    side.sides = sides_of(*begin);
  }

  void check_scene(const ScenePair& scene, const Side& gt, const Side* lq) {
    if (gt.sides == Sides{} || (lq != nullptr && lq->sides == Sides{})) {
      return;
    }
    if (lq != nullptr && lq->frames != gt.frames) {
      result_.problems.push_back(fmt::format("{}: GT has {} frames but LQ {} has {}", gt.name,
                                             gt.frames, lq->name, lq->frames));
      return;
    }
    const Fit fit = lq == nullptr ? fit_single(gt.name, gt.sides, rules_.scale)
                                  : fit_pair({gt.name, lq->name, gt.sides, lq->sides}, rules_.scale,
                                             /*may_crop=*/!rules_.training);
    if (!fit.problem.empty()) {
      result_.problems.push_back(fit.problem);
      return;
    }
    if (!fit.cropped.empty()) {
      cropped_.push_back(fit.cropped);
    }
    if (gt.frames < rules_.clip_size) {
      short_.push_back(fmt::format("{} ({})", gt.name, gt.frames));
      return;
    }
    add_frames(scene, gt.frames, fit.lq);
  }

  void add_frames(const ScenePair& scene, std::int64_t frames, Sides lq) {
    const bool sequential = !scene.gt.video.empty() || !scene.lq.video.empty();
    result_.scenes.push_back(
        {scene.name, result_.pairs.size(), static_cast<std::size_t>(frames), sequential});
    for (std::int64_t n = 0; n < frames; ++n) {
      ImagePair pair;
      place(scene.gt, n, pair.gt, pair.gt_frame);
      place(scene.lq, n, pair.lq, pair.lq_frame);
      // Stills keep the number that their name has.
      const SceneFiles& named = scene.gt.video.empty() ? scene.gt : scene.lq;
      pair.stem =
          fmt::format("{}/{}", scene.name,
                      named.frames.empty() ? fmt::format("{:06}", n)
                                           : named.frames[static_cast<std::size_t>(n)].label);
      pair.lq_width = lq.width;
      pair.lq_height = lq.height;
      result_.pairs.push_back(std::move(pair));
    }
  }

  /// Where frame n of a side lies; nowhere for one without files.
  static void place(const SceneFiles& files, std::int64_t n, FilePath& file, std::int64_t& frame) {
    if (!files.video.empty()) {
      file = files.video;
      frame = n;
    } else if (!files.frames.empty()) {
      file = files.frames[static_cast<std::size_t>(n)].path;
    }
  }

  void report_groups() {
    if (!cropped_.empty()) {
      result_.warnings.push_back(fmt::format("{} GT scene{} cropped to LQ x {}: {}",
                                             cropped_.size(),
                                             cropped_.size() == 1 ? " is" : "s are", rules_.scale,
                                             shortened_list(cropped_, kNamesInWarning)));
    }
    if (!short_.empty()) {
      const bool none = result_.scenes.empty();
      (none ? result_.problems : result_.warnings)
          .push_back(fmt::format("{} shorter than clip_size {}{}: {}",
                                 none                 ? "every usable scene is"
                                 : short_.size() == 1 ? "1 scene is"
                                                      : fmt::format("{} scenes are", short_.size()),
                                 rules_.clip_size, none ? "" : " and left out",
                                 shortened_list(short_, none ? kNamesInError : kNamesInWarning)));
    }
  }

  const std::vector<ScenePair>& scenes_;
  const SceneRules& rules_;
  std::vector<Side> sides_;  ///< GT, then LQ when there is one, of each scene
  std::size_t videos_ = 0, stills_ = 0;
  std::vector<std::string> cropped_, short_;
  SceneFrames result_;
};

}  // namespace

SceneFrames check_scenes(const std::vector<ScenePair>& scenes, const SceneRules& rules) {
  return SceneChecker(scenes, rules).run();
}

}  // namespace sr
