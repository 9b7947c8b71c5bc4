#include "prepare/layout.h"

#include <set>

#include "core/random.h"
#include "support/catch.h"

namespace sr {
namespace {

Source image(const std::string& path, int width, int height) {
  return {.path = path, .stamp = {}, .width = width, .height = height};
}

/// The rule of extract_subimages said another way: every multiple of the step from which the crop
/// still fits, and the edge if it is further away than min_rest.
std::vector<int> stated_positions(int length, int crop, int step, int min_rest) {
  std::set<int> positions;
  for (int at = 0; at <= length; ++at) {
    if (at % step == 0 && length - at >= crop) {
      positions.insert(at);
    }
  }
  const int covered = positions.empty() ? length : *positions.rbegin() + crop;
  if (covered + min_rest < length) {
    positions.insert(length - crop);
  }
  return {positions.begin(), positions.end()};
}

}  // namespace

TEST_CASE("sub-images of known sides lie where BasicSR's script puts them", "[prepare]") {
  // DIV2K's first image, 2040 x 1404, with the script's own crop 480, step 240, threshold 0.
  CHECK(tile_positions(2040, 480, 240, 0) ==
        std::vector<int>{0, 240, 480, 720, 960, 1200, 1440, 1560});
  CHECK(tile_positions(1404, 480, 240, 0) == std::vector<int>{0, 240, 480, 720, 924});
  CHECK(tile_positions(480, 480, 240, 0) == std::vector<int>{0});
  CHECK(tile_positions(481, 480, 240, 0) == std::vector<int>{0, 1});
  CHECK(tile_positions(481, 480, 240, 1) == std::vector<int>{0});
  CHECK(tile_positions(479, 480, 240, 0).empty());
}

TEST_CASE("sub-images of any sides lie where the rule says", "[prepare]") {
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const auto draw = [&](std::uint64_t stream, int below) {
      return static_cast<int>(hash(7, i * 4 + stream, Stream::kCropX) %
                              static_cast<std::uint64_t>(below));
    };
    const int length = draw(0, 300);
    const int crop = 1 + draw(1, 120);
    const int step = 1 + draw(2, 150);
    const int min_rest = draw(3, 40);
    INFO(length << " " << crop << " " << step << " " << min_rest);
    CHECK(tile_positions(length, crop, step, min_rest) ==
          stated_positions(length, crop, step, min_rest));
  }
}

TEST_CASE("sub-images count in rows from the top left", "[prepare]") {
  const Layout layout({.crop = 20, .step = 10, .scales = {2}});
  const std::vector<Part> parts = layout.parts(image("a/b.c.jpg", 41, 30), 0);
  REQUIRE(parts.size() == 6);
  CHECK(parts[0].area == cv::Rect(0, 0, 20, 20));
  CHECK(parts[2].area == cv::Rect(20, 0, 20, 20));
  CHECK(parts[3].area == cv::Rect(0, 10, 20, 20));
  CHECK(parts[0].name == "a/b.c_s001.png");
  CHECK(parts[5].name == "a/b.c_s006.png");
}

TEST_CASE("areas are multiples of every scale", "[prepare]") {
  const Layout layout({.crop = 48, .step = 24, .scales = {2, 3, 4, 8}});
  for (const Part& part : layout.parts(image("a.png", 215, 190), 0)) {
    for (const int value : {part.area.x, part.area.y, part.area.width, part.area.height}) {
      CHECK(value % 24 == 0);
    }
    CHECK((part.area & cv::Rect(0, 0, 215, 190)) == part.area);
  }
  CHECK(layout.used_size(image("a.png", 215, 190)) == cv::Size(192, 168));
}

TEST_CASE("what is smaller than a sub-image in one direction stays whole", "[prepare]") {
  const Layout layout({.crop = 20, .step = 10, .scales = {2}});
  const Source small = image("a.webp", 101, 19);
  CHECK_FALSE(layout.is_cut(small));
  const std::vector<Part> parts = layout.parts(small, 0);
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].area == cv::Rect(0, 0, 100, 18));
  CHECK(parts[0].name == "a.png");
}

TEST_CASE("a video is a folder of frames, and one folder a sub-image", "[prepare]") {
  Source video = image("tapes/v.mp4", 64, 48);
  video.frames = 5;
  CHECK(Layout({.scales = {2}}).parts(video, 4)[0].name == "tapes/v/000004.png");
  const Layout cut({.crop = 32, .step = 32, .scales = {2}});
  CHECK(cut.parts(video, 0)[1].name == "tapes/v_s002/000000.png");
  int count = 0;
  cut.for_each_part(video, [&](const Part&) { ++count; });
  CHECK(count == 5 * 4);
  video.frames = 2'000'000;
  CHECK(Layout({}).parts(video, 7)[0].name == "tapes/v/0000007.png");
}

TEST_CASE("names that leave no room for what follows are cut and stay different", "[prepare]") {
  const std::string begin(250, 'n');
  std::set<std::string> names;
  const auto add = [&](const Layout& layout, const Source& source) {
    layout.for_each_part(source, [&](const Part& part) {
      CHECK(part.name.starts_with("folder/n"));
      const std::string below = part.name.substr(std::string("folder/").size());
      CHECK(below.substr(0, below.find('/')).size() <= 255);
      CHECK(names.insert(part.name).second);
    });
  };
  const Layout cut({.crop = 20, .step = 10});
  for (const char* end : {"a.png", "b.png"}) {
    const Source source = image("folder/" + begin + end, 30, 20);
    Source video = source;
    video.frames = 2;
    CHECK(Layout({}).parts(source, 0)[0].name == source.path);  // 255 bytes
    CHECK(Layout({}).parts(video, 0)[0].name == source.stem() + "/000000.png");
    add(cut, source);
    add(cut, video);
  }
  CHECK(names.size() == 2 * (2 + 4));
}

TEST_CASE("there is one folder for GT and one for each scale", "[prepare]") {
  const auto names_of = [](const Recipe& recipe) {
    std::string names;
    const Layout layout(recipe);
    for (const SetFolder& folder : layout.folders()) {
      names += folder.name + " ";
    }
    return names;
  };
  CHECK(names_of({}) == "hr ");
  CHECK(names_of({.scales = {2, 4}}) == "hr lr_x2 lr_x4 ");
  CHECK(names_of({.scales = {3}, .lr_only = true}) == "lr_x3 ");
}

}  // namespace sr
