#include "prepare/settings.h"

#include "prepare/trees.h"
#include "support/catch.h"

namespace sr {
namespace {

using test::contains;

PrepareSettings sound() {
  PrepareSettings settings;
  settings.input = "photos";
  settings.output = "set";
  return settings;
}

std::string problems_of(const PrepareSettings& settings) {
  return test::message_of<ConfigError>([&] { checked(settings); });
}

}  // namespace

TEST_CASE("defaults are filled in and scales put in order, each once", "[prepare]") {
  PrepareSettings settings = sound();
  settings.recipe.crop = 480;
  settings.recipe.scales = {4, 2, 4};
  const PrepareSettings result = checked(settings);
  CHECK(result.recipe.step == 240);
  CHECK(result.recipe.scales == std::vector<int>{2, 4});
  CHECK(result.threads >= 1);
  CHECK(to_text(result.recipe) ==
        "crop 480, step 240, min-rest 0, scale 2 and 4, filter bicubic, compression 3");
}

TEST_CASE("half of the crop is rounded up to what the scales allow", "[prepare]") {
  PrepareSettings settings = sound();
  settings.recipe.crop = 72;
  settings.recipe.scales = {8, 3};
  CHECK(checked(settings).recipe.step == 48);
  settings.recipe = {.crop = 1, .scales = {}};
  CHECK(checked(settings).recipe.step == 1);
}

TEST_CASE("without LR the filter makes no other recipe", "[prepare]") {
  PrepareSettings settings = sound();
  settings.recipe.filter = Filter::kBox;
  CHECK(checked(settings).recipe == checked(sound()).recipe);
}

TEST_CASE("every problem of the settings is named by its option", "[prepare]") {
  PrepareSettings settings;
  settings.recipe = {
      .crop = -1, .step = -1, .min_rest = -1, .scales = {5}, .compression = 10, .lr_only = true};
  settings.threads = -1;
  const std::string problems = problems_of(settings);
  for (const char* option :
       {"--input: ", "--output: ", "--scale: 5 ", "--lr-only: ", "--crop: -1 ", "--step: -1 ",
        "--min-rest: -1 ", "--compression: 10 ", "--threads: -1 "}) {
    INFO(problems << "\nlacks " << option);
    CHECK(contains(problems, option));
  }
}

TEST_CASE("options that would do nothing are refused", "[prepare]") {
  PrepareSettings settings = sound();
  settings.recipe.step = 24;
  settings.recipe.min_rest = 1;
  settings.recipe.lr_only = true;
  const std::string problems = problems_of(settings);
  CHECK(contains(problems, "--step: has a meaning only with --crop"));
  CHECK(contains(problems, "--min-rest: has a meaning only with --crop"));
  CHECK(contains(problems, "--lr-only: needs a --scale"));
}

TEST_CASE("a crop or step that would not line up with LR names the nearest that does",
          "[prepare]") {
  PrepareSettings settings = sound();
  settings.recipe = {.crop = 100, .step = 5, .scales = {2, 3}};
  const std::string problems = problems_of(settings);
  CHECK(contains(problems, "--crop: 100 is no multiple of 6"));
  CHECK(contains(problems, "take 96 or 102"));
  CHECK(contains(problems, "--step: 5 is no multiple of 6"));
  CHECK(contains(problems, "take 6"));
}

TEST_CASE("input and output may not lie one inside the other", "[prepare]") {
  const test::TempFolder folder;
  std::filesystem::create_directories(folder / "photos");
  std::filesystem::create_directory_symlink(folder / "photos", folder / "link");
  PrepareSettings settings;
  settings.input = folder / "photos";
  for (const char* inside :
       {"photos", "photos/", "photos/set", "link/set", "x/../photos/set", "."}) {
    INFO(inside);
    settings.output = folder / inside;
    CHECK(contains(problems_of(settings), "--output: "));
  }
  settings.output = folder / "photos_set";
  CHECK(problems_of(settings).empty());
}

TEST_CASE("the alignment is the least common multiple of the scales", "[prepare]") {
  CHECK(alignment({}) == 1);
  CHECK(alignment({2, 4}) == 4);
  CHECK(alignment({2, 3, 4, 8}) == 24);
}

}  // namespace sr
