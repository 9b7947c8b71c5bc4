#include "data/scene_check.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/probe_cache.h"
#include "data/test_images.h"
#include "support/catch.h"
#include "support/shared_data.h"
#include "support/video.h"

namespace sr {
namespace {

using test::contains;
using test::message_of;
using test::TempFolder;
using test::write_bytes;
using test::write_gray;
using test::write_video;

DatasetConfig video_set(const TempFolder& folder, const std::string& key = "train") {
  DatasetConfig config;
  config.key = config.name = key;
  config.type = "pairedvideodataset";
  config.dataroot_gt = {(folder / "gt").string()};
  config.dataroot_lq = {(folder / "lq").string()};
  config.lq_size = 8;
  return config;
}

DatasetConfig single_set(const TempFolder& folder, const std::string& key = "train") {
  DatasetConfig config = video_set(folder, key);
  config.type = "singlevideodataset";
  config.dataroot_lq.clear();
  return config;
}

std::string problems_of(const DatasetConfig& config) {
  return message_of<DataError>([&] { list_pairs(config, 2); });
}

void write_stills(const std::filesystem::path& folder, int frames, int width, int height) {
  for (int n = 0; n < frames; ++n) {
    write_gray(folder / (std::to_string(n) + ".png"), width, height);
  }
}

}  // namespace

TEST_CASE("a video set lists one item a frame and its scenes", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.mp4", 5, {64, 48});
  write_video(folder / "lq/a.avi", 5, {32, 24});
  write_video(folder / "gt/b.mp4", 11, {64, 48});
  write_stills(folder / "lq/b", 11, 32, 24);
  write_gray(folder / "gt/c_07.png", 20, 20);
  write_gray(folder / "lq/c_07.png", 10, 10);
  const PairList list = list_pairs(video_set(folder), 2);
  CHECK(list.warnings.empty());
  REQUIRE(list.scenes.size() == 3);
  CHECK(list.scenes[0].name == "a");
  CHECK(list.scenes[1].first == 5);
  CHECK(list.scenes[1].frames == 11);
  CHECK(list.scenes[0].sequential);
  CHECK(list.scenes[1].sequential);
  CHECK_FALSE(list.scenes[2].sequential);
  REQUIRE(list.pairs.size() == 17);
  CHECK(list.pairs[3].stem == "a/000003");
  CHECK(list.pairs[3].gt == folder / "gt/a.mp4");
  CHECK(list.pairs[3].gt_frame == 3);
  CHECK(list.pairs[3].lq_frame == 3);
  CHECK(list.pairs[3].lq_width == 32);
  CHECK(list.pairs[3].lq_height == 24);
  CHECK(list.pairs[15].stem == "b/10");
  CHECK(list.pairs[15].gt_frame == 10);
  CHECK(list.pairs[15].lq == folder / "lq/b/10.png");
  CHECK(list.pairs[15].lq_frame == -1);
  CHECK(list.pairs[16].stem == "c/07");
  CHECK(list.pairs[16].gt_frame == -1);
}

TEST_CASE("a set of GT videos alone leaves LQ to be made", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.mp4", 3, {66, 50});
  const PairList list = list_pairs(single_set(folder), 4);
  REQUIRE(list.pairs.size() == 3);
  CHECK(list.pairs[2].lq.empty());
  CHECK(list.pairs[2].lq_frame == -1);
  CHECK(list.pairs[2].lq_width == 16);
  REQUIRE(list.warnings.size() == 1);
  CHECK(contains(list.warnings[0], "1 GT scene is cropped to LQ x 4: "));
}

TEST_CASE("every problem of a video set is told at once by file", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/count.mp4", 5, {64, 48});
  write_video(folder / "lq/count.mp4", 4, {32, 24});
  write_video(folder / "gt/scale.mp4", 4, {64, 48});
  write_video(folder / "lq/scale.mp4", 4, {16, 16});
  write_video(folder / "gt/cut.mp4", 40, {64, 48});
  const std::string whole = test::read_text(folder / "gt/cut.mp4");
  write_bytes(folder / "gt/cut.mp4", whole.substr(0, whole.size() / 2));
  write_video(folder / "lq/cut.mp4", 40, {32, 24});
  write_video(folder / "gt/none.mp4", 0, {64, 48});
  write_video(folder / "lq/none.mp4", 4, {32, 24});
  write_stills(folder / "gt/mixed", 3, 64, 48);
  write_gray(folder / "gt/mixed/2.png", 62, 48);
  write_stills(folder / "lq/mixed", 3, 32, 24);
  write_video(folder / "gt/lonely.mp4", 4, {64, 48});
  const std::string text = problems_of(video_set(folder));
  INFO(text);
  CHECK(contains(text, "6 problems"));
  CHECK(contains(text, "/gt: 1 scene without a partner in "));
  CHECK(contains(text, "gt/count.mp4: GT has 5 frames but LQ "));
  CHECK(contains(text, "lq/count.mp4 has 4"));
  CHECK(contains(text, "gt/scale.mp4: GT is 64x48 but LQ "));
  CHECK(contains(text, "gt/cut.mp4: truncated"));
  CHECK(contains(text, "gt/none.mp4: "));
  CHECK(contains(text, "gt/mixed/2.png: is 62x48, but the scene begins with 64x48 in "));
}

TEST_CASE("a video GT that is no multiple of the LQ is cropped in validation alone",
          "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.mp4", 3, {66, 48});
  write_video(folder / "lq/a.mp4", 3, {32, 24});
  CHECK(contains(problems_of(video_set(folder)), "a.mp4: GT is 66x48 but LQ "));
  const PairList list = list_pairs(video_set(folder, "val"), 2);
  CHECK(list.warnings.size() == 1);
  CHECK(list.pairs[0].lq_width == 32);
}

TEST_CASE("scenes shorter than a clip are left out, all of them are an error", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/long.mp4", 6);
  write_video(folder / "gt/short.mp4", 3);
  DatasetConfig config = single_set(folder);
  config.clip_size = 5;
  const PairList list = list_pairs(config, 2);
  REQUIRE(list.scenes.size() == 1);
  CHECK(list.pairs.size() == 6);
  REQUIRE(list.warnings.size() == 1);
  CHECK(contains(list.warnings[0], "1 scene is shorter than clip_size 5 and left out: "));
  CHECK(contains(list.warnings[0], "short.mp4 (3)"));
  config.clip_size = 7;
  CHECK(contains(problems_of(config), "every usable scene is shorter than clip_size 7: "));
}

TEST_CASE("scenes smaller than the crop are told once each", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.mp4", 6);
  DatasetConfig config = single_set(folder);
  config.lq_size = 30;
  REQUIRE(list_pairs(config, 2).warnings.size() == 1);
  CHECK(contains(list_pairs(config, 2).warnings[0], "1 of 1 scenes are smaller than lq_size 30"));
}

TEST_CASE("a claimed number of frames that is wrong is a warning", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.avi", 6);
  std::string bytes = test::read_text(folder / "gt/a.avi");
  bytes[bytes.find("strh") + 8 + 32] = 9;
  write_bytes(folder / "gt/a.avi", bytes);
  const PairList list = list_pairs(single_set(folder), 2);
  CHECK(list.pairs.size() == 6);
  REQUIRE(list.warnings.size() == 1);
  CHECK(contains(list.warnings[0], "claims to hold 9 frames, 6 can be read"));
}

TEST_CASE("what the cache knows of a video is not read again, and is checked when deep",
          "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.mp4", 6);
  ProbeCache cache("");
  std::vector<std::size_t> told;
  Preflight preflight{.cache = &cache, .progress = [&](std::size_t done, std::size_t total) {
                        CHECK(total == 1);
                        told.push_back(done);
                      }};
  CHECK(list_pairs(single_set(folder), 2, preflight).pairs.size() == 6);
  CHECK(told == std::vector<std::size_t>{1});
  REQUIRE(cache.find(folder / "gt/a.mp4"));
  CHECK(*cache.find(folder / "gt/a.mp4") == ProbeCache::Entry{64, 48, 6, ""});
  cache.store(folder / "gt/a.mp4", {64, 48, 17, "a warning"});
  const PairList known = list_pairs(single_set(folder), 2, preflight);
  CHECK(known.pairs.size() == 17);
  CHECK(known.warnings.size() == 1);
  preflight.deep = true;
  CHECK(list_pairs(single_set(folder), 2, preflight).pairs.size() == 6);
}

TEST_CASE("progress counts videos and stills together", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.mp4", 3);
  write_stills(folder / "gt/b", 3, 20, 20);
  std::vector<std::size_t> told;
  list_pairs(single_set(folder), 2, {.progress = [&](std::size_t done, std::size_t total) {
               CHECK(total == 4);
               told.push_back(done);
             }});
  REQUIRE_FALSE(told.empty());
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK(told.back() == 4);
}

TEST_CASE("meta_info does not apply to video sets", "[data][video]") {
  const TempFolder folder;
  DatasetConfig config = single_set(folder);
  config.meta_info = "list.txt";
  CHECK(contains(message_of<ConfigError>([&] { list_pairs(config, 2); }), "meta_info"));
}

TEST_CASE("real clips are listed frame by frame and the one that is cut off is named",
          "[data][video]") {
  const auto shared = test::shared_data("video");
  if (!shared) {
    SR_SKIP("no shared data");
  }
  const TempFolder folder;
  std::filesystem::create_directories(folder / "gt");
  for (const char* name : {"bottle.mp4", "car.mp4", "bottle_vfr.mp4"}) {
    std::filesystem::create_symlink(std::filesystem::absolute(*shared / name),
                                    folder / ("gt/" + std::string(name)));
  }
  const PairList list = list_pairs(single_set(folder), 2);
  CHECK(list.warnings.empty());
  REQUIRE(list.scenes.size() == 3);
  CHECK(list.pairs.size() == 1189 + 300 + 377);
  CHECK(list.pairs.back().stem == "car/000376");
  DatasetConfig all = single_set(folder);
  all.dataroot_gt = {(*shared).string()};
  const std::string text = problems_of(all);
  CHECK(contains(text, "1 problem\n"));
  CHECK(contains(text, "bottle_truncated.mp4: truncated"));
}

}  // namespace sr
