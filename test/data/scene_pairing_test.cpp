#include "data/scene_pairing.h"

#include <algorithm>

#include "core/error.h"
#include "data/test_images.h"
#include "support/catch.h"
#include "support/video.h"

namespace sr {
namespace {

using test::contains;
using test::TempFolder;
using test::write_gray;
using test::write_video;

DatasetConfig config_of(const TempFolder& folder) {
  DatasetConfig config;
  config.key = "train";
  config.dataroot_gt = {(folder / "gt").string()};
  config.dataroot_lq = {(folder / "lq").string()};
  return config;
}

ScenePairing paired(const DatasetConfig& config) {
  return pair_scenes(config, /*with_lq=*/true, nullptr);
}

std::vector<std::string> names(const ScenePairing& pairing) {
  std::vector<std::string> result;
  for (const ScenePair& scene : pairing.scenes) {
    result.push_back(scene.name);
  }
  return result;
}

}  // namespace

TEST_CASE("videos and stills are partners in every combination", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.mp4", 2);
  write_video(folder / "lq/a.avi", 2);
  write_video(folder / "gt/b.mp4", 2);
  write_gray(folder / "lq/b/000000.png", 4, 4);
  write_gray(folder / "lq/b/000001.png", 4, 4);
  write_gray(folder / "gt/c_9.png", 4, 4);
  write_gray(folder / "gt/c_10.png", 4, 4);
  write_video(folder / "lq/c.mkv", 2);
  write_gray(folder / "gt/d/1.png", 4, 4);
  write_gray(folder / "lq/d/1.png", 4, 4);
  const ScenePairing pairing = paired(config_of(folder));
  CHECK(pairing.problems.empty());
  REQUIRE(names(pairing) == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(pairing.scenes[0].gt.video == folder / "gt/a.mp4");
  CHECK(pairing.scenes[0].lq.video == folder / "lq/a.avi");
  CHECK(pairing.scenes[1].lq.frames.size() == 2);
  CHECK(pairing.scenes[2].gt.frames[0].label == "9");
  CHECK(pairing.scenes[2].lq.video == folder / "lq/c.mkv");
  CHECK(pairing.scenes[3].lq.frames[0].path == folder / "lq/d/1.png");
}

TEST_CASE("scenes and frames without a partner are named on either side", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/lonely.mp4", 2);
  write_video(folder / "lq/other.mp4", 2);
  write_gray(folder / "gt/a_1.png", 4, 4);
  write_gray(folder / "gt/a_2.png", 4, 4);
  write_gray(folder / "lq/a_1.png", 4, 4);
  write_gray(folder / "lq/a_3.png", 4, 4);
  // Stills whose names differ are no partners, however many they are.
  write_gray(folder / "gt/n/1.png", 4, 4);
  write_gray(folder / "lq/n/0001.png", 4, 4);
  const ScenePairing pairing = paired(config_of(folder));
  REQUIRE(pairing.problems.size() == 4);
  CHECK(contains(pairing.problems[0], "/gt: 2 scenes without a partner in "));
  CHECK(contains(pairing.problems[0], "/lq: lonely, n"));
  CHECK(contains(pairing.problems[1], "/gt: 1 frame without a partner in "));
  CHECK(contains(pairing.problems[1], ": a_2"));
  CHECK(contains(pairing.problems[2], "/lq: 2 scenes without a partner in "));
  CHECK(contains(pairing.problems[2], "/gt: n, other"));
  CHECK(contains(pairing.problems[3], "/lq: 1 frame without a partner in "));
  CHECK(contains(pairing.problems[3], ": a_3"));
}

TEST_CASE("the template applies to scenes and to frames", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.mp4", 2);
  write_video(folder / "lq/ax2.mp4", 2);
  write_gray(folder / "gt/my_clip_1.png", 4, 4);
  write_gray(folder / "lq/my_clip_1x2.png", 4, 4);
  DatasetConfig config = config_of(folder);
  config.filename_tmpl = "{}x2";
  CHECK(paired(config).problems.empty());
  CHECK(names(paired(config)) == std::vector<std::string>{"a", "my_clip"});
  config.filename_tmpl = "x2";
  CHECK_THROWS_AS(paired(config), ConfigError);
}

TEST_CASE("stills in the root itself are a scene of the root's name", "[data][video]") {
  const TempFolder folder;
  write_gray(folder / "gt/1.png", 4, 4);
  write_gray(folder / "lq/1.png", 4, 4);
  DatasetConfig config = config_of(folder);
  config.dataroot_gt[0] += '/';
  CHECK(names(paired(config)) == std::vector<std::string>{"gt"});
  write_video(folder / "gt/gt.mp4", 2);
  write_video(folder / "lq/gt.mp4", 2);
  REQUIRE(paired(config).problems.size() == 1);
  CHECK(contains(paired(config).problems[0], "two scenes are called 'gt'"));
}

TEST_CASE("a video and stills of one name in a root are a problem", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.mp4", 2);
  write_gray(folder / "gt/a/1.png", 4, 4);
  const ScenePairing pairing = pair_scenes(config_of(folder), /*with_lq=*/false, nullptr);
  CHECK(std::any_of(pairing.problems.begin(), pairing.problems.end(), [](const auto& problem) {
    return contains(problem, "/gt: a video file and stills are both called 'a'");
  }));
}

TEST_CASE("scenes of several roots carry the root's number", "[data][video]") {
  const TempFolder folder;
  for (const char* root : {"one", "two"}) {
    write_video(folder / (std::string(root) + "/a.mp4"), 2);
  }
  DatasetConfig config = config_of(folder);
  config.dataroot_gt = {(folder / "one").string(), (folder / "two").string()};
  config.dataroot_lq.clear();
  CHECK(names(pair_scenes(config, false, nullptr)) == std::vector<std::string>{"1/a", "2/a"});
}

TEST_CASE("a root that is missing is named", "[data][video]") {
  const TempFolder folder;
  const ScenePairing pairing = paired(config_of(folder));
  REQUIRE(pairing.problems.size() == 2);
  CHECK(contains(pairing.problems[0], "dataroot_gt: "));
  CHECK(contains(pairing.problems[1], "dataroot_lq: "));
}

TEST_CASE("scenes are not told to lack partners in a folder that is missing", "[data]") {
  const TempFolder folder;
  write_gray(folder / "lq/a/1.png", 4, 4);
  CHECK(paired(config_of(folder)).problems ==
        std::vector<std::string>{"dataroot_gt: " + (folder / "gt").string() + ": no such folder"});
}

}  // namespace sr
