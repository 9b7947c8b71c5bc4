#include "prepare/plan.h"

#include <algorithm>

#include "prepare/trees.h"
#include "support/catch.h"

namespace sr {
namespace {

using test::contains;
using test::TempFolder;

Source image(const std::string& path, int side = 40) {
  return {.path = path, .stamp = {100, 1}, .width = side, .height = side};
}

PrepareSettings settings_for(const Recipe& recipe = {.scales = {2}}) {
  PrepareSettings settings;
  settings.input = "in";
  settings.output = "out";
  settings.recipe = recipe;
  return settings;
}

Manifest manifest_of(const PrepareSettings& settings, const std::vector<Source>& sources) {
  return {.recipe = settings.recipe, .complete = true, .sources = sources};
}

FolderContents holding(std::initializer_list<const char*> files) {
  FolderContents contents;
  contents.files.insert(files.begin(), files.end());
  return contents;
}

std::string refusal(const PrepareSettings& settings, const FolderContents& contents,
                    const std::vector<Source>& found, const std::optional<Manifest>& earlier) {
  return test::message_of<ConfigError>([&] { make_plan(settings, contents, found, earlier); });
}

}  // namespace

TEST_CASE("an empty output folder takes every source", "[prepare]") {
  const Plan plan = make_plan(settings_for(), {}, {image("a.png"), image("b.png")}, {});
  CHECK(plan.sources.size() == 2);
  CHECK(plan.problems.empty());
  CHECK(plan.remove.empty());
}

TEST_CASE("sources that would write the same file are named, the first one stays", "[prepare]") {
  Source video = image("c.mp4");
  video.frames = 3;
  const std::vector<Source> found = {image("a.png"), image("a_s001.png", 10), video,
                                     image("c_s002/000001.png", 10)};
  const Plan plan = make_plan(settings_for({.crop = 20, .step = 20}), {}, found, {});
  REQUIRE(plan.sources.size() == 2);
  REQUIRE(plan.problems.size() == 2);
  CHECK(contains(plan.problems[0], "in/a_s001.png: would be written to a_s001.png, as a.png is"));
  CHECK(contains(plan.problems[1], "in/c_s002/000001.png: "));
}

TEST_CASE("an image without one whole LR pixel is named", "[prepare]") {
  const Plan plan = make_plan(settings_for(), {}, {image("a.png"), image("b.png", 1)}, {});
  CHECK(plan.sources.size() == 1);
  CHECK(contains(plan.problems.at(0), "in/b.png: 1 x 1 pixels are too few"));
}

TEST_CASE("LR alone is made only where it fits the GT as it lies", "[prepare]") {
  const PrepareSettings settings = settings_for({.scales = {2}, .lr_only = true});
  const Plan plan = make_plan(settings, {}, {image("a.png"), image("b.png", 41)}, {});
  CHECK(plan.sources.size() == 1);
  CHECK(contains(plan.problems.at(0), "in/b.png: 41 x 41 pixels are no multiples of 2"));
}

TEST_CASE("files of an earlier run by the same recipe belong", "[prepare]") {
  const PrepareSettings settings = settings_for();
  const Manifest earlier = manifest_of(settings, {image("a.png")});
  const Plan plan = make_plan(settings, holding({"hr/a.png", "lr_x2/a.png"}),
                              {image("a.png"), image("b.png")}, earlier);
  CHECK(plan.sources.size() == 2);
  CHECK(plan.remove.empty());
  CHECK(plan.warnings.empty());
}

TEST_CASE("another recipe is refused with both named", "[prepare]") {
  const Manifest earlier = manifest_of(settings_for({.scales = {4}}), {image("a.png")});
  const std::string message =
      refusal(settings_for(), holding({"hr/a.png"}), {image("a.png")}, earlier);
  CHECK(contains(message, "out: was made with other settings (scale 4,"));
  CHECK(contains(message, "not with scale 2,"));
  CHECK(contains(message, "--overwrite"));
}

TEST_CASE("files that no run made are refused by name", "[prepare]") {
  const FolderContents contents =
      holding({"hr/a.png", "notes.txt", "hr/x.png", "hr/y.png", "lr_x4/a.png"});
  const PrepareSettings settings = settings_for();
  const std::string message =
      refusal(settings, contents, {image("a.png")}, manifest_of(settings, {image("a.png")}));
  CHECK(contains(message, "out/hr/x.png, out/hr/y.png, out/lr_x4/a.png and 1 more"));
}

TEST_CASE("without a manifest even files with the right names are refused", "[prepare]") {
  CHECK(contains(refusal(settings_for(), holding({"hr/a.png"}), {image("a.png")}, {}),
                 "out/hr/a.png"));
}

TEST_CASE("a file where a new source would write is refused", "[prepare]") {
  const PrepareSettings settings = settings_for();
  const Manifest earlier = manifest_of(settings, {image("a.png")});
  CHECK(contains(refusal(settings, holding({"hr/a.png", "hr/b.png"}),
                         {image("a.png"), image("b.png")}, earlier),
                 "out/hr/b.png"));
}

TEST_CASE("a source that changed is refused once something was made of it", "[prepare]") {
  const PrepareSettings settings = settings_for();
  Source changed = image("a.png");
  changed.stamp.modified_ns = 2;
  const Manifest earlier = manifest_of(settings, {image("a.png")});
  CHECK(contains(refusal(settings, holding({"lr_x2/a.png"}), {changed}, earlier),
                 "an earlier state of in/a.png"));
  CHECK(make_plan(settings, {}, {changed}, earlier).sources.at(0) == changed);
}

TEST_CASE("what was made of files that are gone stays, unless another source needs the name",
          "[prepare]") {
  const PrepareSettings settings = settings_for();
  const Manifest earlier = manifest_of(settings, {image("a.png"), image("b.png")});
  const Plan plan =
      make_plan(settings, holding({"hr/a.png", "lr_x2/a.png"}), {image("c.png")}, earlier);
  CHECK(plan.gone == std::vector<Source>{image("a.png")});  // of b nothing had been made
  CHECK(contains(plan.warnings.at(0), "1 of the files"));
  CHECK(contains(refusal(settings, holding({"hr/a.png"}), {image("a.jpg")}, earlier),
                 "an earlier state of in/a.png"));
}

TEST_CASE("overwriting removes what was made before and what is in the way, nothing else",
          "[prepare]") {
  PrepareSettings settings = settings_for();
  settings.overwrite = true;
  const Manifest earlier =
      manifest_of(settings_for({.crop = 20, .step = 20, .scales = {4}}), {image("a.png")});
  const FolderContents contents =
      holding({"hr/a_s001.png", "lr_x4/a_s004.png", "hr/b.png", "hr/a_s005.png", "notes.txt"});
  const Plan plan = make_plan(settings, contents, {image("a.png"), image("b.png")}, earlier);
  CHECK(plan.remove == std::vector<std::string>{"hr/a_s001.png", "hr/b.png", "lr_x4/a_s004.png"});
  CHECK(contains(plan.warnings.at(0), "out/hr/a_s005.png, out/notes.txt"));
}

TEST_CASE("the listing of an output folder tells unfinished files from others", "[prepare]") {
  const TempFolder folder;
  for (const char* name :
       {"prepare.json", "hr/a.png", "hr/b/c.png", "hr/d.png.sr-tmp", ".lock", ".git/config"}) {
    folder.write(name, "x");
  }
  const FolderContents contents = list_folder(folder.path());
  CHECK(contents.files == std::unordered_set<std::string>{"hr/a.png", "hr/b/c.png"});
  CHECK(contents.unfinished == std::set<std::string>{"hr/d.png.sr-tmp"});
  CHECK(list_folder(folder / "missing").files.empty());
  const Plan plan =
      make_plan(settings_for(), {.files = {}, .unfinished = contents.unfinished, .links = {}},
                {image("a.png")}, {});
  CHECK(plan.remove == std::vector<std::string>{"hr/d.png.sr-tmp"});
}

TEST_CASE("a link to a folder is listed as one, and one in a circle as a file", "[prepare]") {
  const TempFolder folder;
  folder.write("elsewhere/a.png", "x");
  folder.write("out/hr/b.png", "x");
  std::filesystem::create_directory_symlink(folder / "elsewhere", folder / "out/lr_x2");
  std::filesystem::create_directory_symlink("circle", folder / "out/circle");
  const FolderContents contents = list_folder(folder / "out");
  CHECK(contents.links == std::set<std::string>{"lr_x2"});
  CHECK(contents.files == std::unordered_set<std::string>{"hr/b.png", "circle"});
}

}  // namespace sr
