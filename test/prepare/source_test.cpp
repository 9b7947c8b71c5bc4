#include "prepare/source.h"

#include "prepare/trees.h"
#include "support/catch.h"
#include "support/video.h"

namespace sr {
namespace {

using test::contains;
using test::TempFolder;

Survey look(const TempFolder& folder, const std::vector<Source>& known = {}) {
  return survey(folder.path(), known, 2, {});
}

}  // namespace

TEST_CASE("images and videos are found with their sides, sorted by path", "[prepare]") {
  const TempFolder folder;
  test::write_pattern(folder / "b.png", 7, 5);
  test::write_pattern(folder / "a/x.png", 4, 9);
  test::write_video(folder / "a/v.mp4", 3, {64, 48});
  folder.write("notes.txt", "no picture");
  const Survey seen = look(folder);
  CHECK(seen.problems.empty());
  REQUIRE(seen.sources.size() == 3);
  CHECK(seen.sources[0].path == "a/v.mp4");
  CHECK(seen.sources[0].stem() == "a/v");
  CHECK(seen.sources[0].frames == 3);
  CHECK(seen.sources[0].width == 64);
  CHECK(seen.sources[1].path == "a/x.png");
  CHECK_FALSE(seen.sources[1].is_video());
  CHECK(seen.sources[2].width == 7);
  CHECK(seen.sources[2].height == 5);
  CHECK(seen.sources[2].stamp == stamp_of(folder / "b.png"));
}

TEST_CASE("what is known of a file that has not changed is believed", "[prepare]") {
  const TempFolder folder;
  test::write_pattern(folder / "a.png", 7, 5);
  Source known = look(folder).sources.at(0);
  known.width = 1234;
  CHECK(look(folder, {known}).sources.at(0).width == 1234);
  known.stamp.modified_ns -= 1;
  CHECK(look(folder, {known}).sources.at(0).width == 7);
}

TEST_CASE("files that cannot be used are named and the others found", "[prepare]") {
  const TempFolder folder;
  test::write_pattern(folder / "good.png", 7, 5);
  folder.write("text.png", "no image");
  folder.write("latin\xE9.png", test::read_text(folder / "good.png"));
  test::write_video(folder / "cut.mp4", 20);
  const std::string video = test::read_text(folder / "cut.mp4");
  folder.write("cut.mp4", video.substr(0, video.size() / 2));
  const Survey seen = look(folder);
  CHECK(seen.sources.size() == 1);
  REQUIRE(seen.problems.size() == 3);
  CHECK(contains(seen.problems[0], "cut.mp4: "));
  CHECK(contains(seen.problems[1], "not valid UTF-8"));
  CHECK(contains(seen.problems[2], "text.png: "));
}

TEST_CASE("a folder that is missing is a problem", "[prepare]") {
  const TempFolder folder;
  CHECK(contains(survey(folder / "none", {}, 1, {}).problems.at(0), "no such folder"));
}

}  // namespace sr
