#include "resolve/clips.h"

#include "resolve/examples.h"
#include "support/catch.h"

using Catch::Matchers::Contains;
using sr::test::kSmallest;
using sr::test::load_text;
using sr::test::problems_of;

namespace {

std::string all(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  return text;
}

const std::string kVideo = "datasets.train.type=pairedvideodataset";

}  // namespace

TEST_CASE("clips that are not given are as long as the network's", "[resolve]") {
  for (const char* type : {"temporalspan", "temporalspanv2", "tfdat", "tscunet"}) {
    CAPTURE(type);
    const sr::LoadedConfig loaded =
        load_text(kSmallest, {std::string("network_g={type: ") + type + "}", kVideo,
                              "datasets.val={type: singlevideodataset, dataroot_gt: v}"});
    CHECK(loaded.config.train_set.clip_size == 5);
    CHECK(loaded.config.val_sets.at(0).clip_size == 5);
    CHECK_THAT(all(loaded.notices), Contains("datasets.train.clip_size: 5, as network_g."));
  }
  const sr::LoadedConfig seven =
      load_text(kSmallest, {"network_g={type: tscunet, clip_size: 7}", kVideo});
  CHECK(seven.config.train_set.clip_size == 7);
  const sr::LoadedConfig given =
      load_text(kSmallest, {"network_g={type: tscunet}", kVideo, "datasets.train.clip_size=5"});
  CHECK(all(given.notices).find("clip_size") == std::string::npos);
  CHECK(load_text(kSmallest, {kVideo}).config.train_set.clip_size == 1);
}

TEST_CASE("clips that are given must be the network's", "[resolve]") {
  CHECK(
      problems_of(kSmallest, {"network_g={type: tscunet}", kVideo, "datasets.train.clip_size=3"}) ==
      "--set: network_g.clip_size: expected 3 as datasets.train.clip_size, got 5");
  CHECK(problems_of(kSmallest,
                    {"network_g={type: tfdat}", kVideo,
                     "datasets.val={type: singlevideodataset, dataroot_gt: v, clip_size: 3}"}) ==
        "--set: datasets.val.clip_size: expected 5 as in datasets.train, got 3");
}

TEST_CASE("degraded sets give clips of scenes", "[resolve]") {
  const std::vector<std::string> good{
      "network_g={type: tscunet}", "datasets.train={type: realesrgandataset, dataroot_gt: hr}",
      "datasets.val={type: pairedvideodataset, dataroot_gt: v, dataroot_lq: w, clip_size: 5}"};
  const sr::LoadedConfig loaded = load_text(kSmallest, good);
  CHECK(loaded.config.train_set.clip_size == 5);
  const auto also = [&](const std::string& assignment) {
    std::vector<std::string> overrides = good;
    overrides.push_back(assignment);
    return problems_of(kSmallest, overrides);
  };
  CHECK_THAT(also("datasets.train.meta_info=list.txt"), Contains("takes every scene"));
  CHECK_THAT(also("datasets.train.dataroot_weights=[1]"), Contains("show every frame once"));
}
