#include "data/scene_list.h"

#include "support/catch.h"

namespace sr {
namespace {

std::string split(const std::string& stem) {
  const FrameName name = frame_name(stem);
  return name.scene + "|" + name.label;
}

}  // namespace

TEST_CASE("a still's name tells its scene and its frame", "[data][video]") {
  CHECK(split("clip/0012") == "clip|0012");
  CHECK(split("0012") == "|0012");
  CHECK(split("deep/er/frame12") == "deep/er|frame12");
  CHECK(split("clip_0012") == "clip|0012");
  CHECK(split("my_clip_0012") == "my_clip|0012");
  CHECK(split("my_other_0012") == "my_other|0012");
  CHECK(split("show_0012_left") == "show|0012_left");
  CHECK(split("a_b/c_0012") == "a_b/c|0012");
  CHECK(split("a_b/0012") == "a_b|0012");
  CHECK(split("clip_") == "clip|");
}

TEST_CASE("names are ordered by their numbers", "[data][video]") {
  CHECK(natural_less("f9", "f10"));
  CHECK_FALSE(natural_less("f10", "f9"));
  CHECK(natural_less("9", "10"));
  CHECK(natural_less("0009", "10"));
  CHECK(natural_less("a", "a1"));
  CHECK(natural_less("a1b2", "a1b10"));
  CHECK(natural_less("99999999999999999999998", "99999999999999999999999"));
  CHECK(natural_less("001", "01") != natural_less("01", "001"));
  CHECK_FALSE(natural_less("7", "7"));
}

TEST_CASE("files are grouped into scenes whose frames are in order", "[data][video]") {
  const std::vector<SceneFiles> scenes = group_scenes({{"b_10", "b_10.png"},
                                                       {"b_9", "b_9.png"},
                                                       {"c/1", "c/1.png"},
                                                       {"a", "a.mp4", /*video=*/true},
                                                       {"5", "5.png"}});
  REQUIRE(scenes.size() == 4);
  CHECK(scenes[0].name.empty());
  CHECK(scenes[1].name == "a");
  CHECK(scenes[1].video == "a.mp4");
  CHECK(scenes[2].name == "b");
  REQUIRE(scenes[2].frames.size() == 2);
  CHECK(scenes[2].frames[0].label == "9");
  CHECK(scenes[2].frames[1].path == "b_10.png");
  CHECK(scenes[3].name == "c");
}

}  // namespace sr
