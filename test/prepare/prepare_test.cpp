#include "prepare/prepare.h"

#include <atomic>

#include "core/folder_lock.h"
#include "data/pairs.h"
#include "image/resize.h"
#include "prepare/trees.h"
#include "support/catch.h"
#include "support/shared_data.h"
#include "support/video.h"

namespace sr {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::names;
using test::same;
using test::TempFolder;
using test::tree;
using test::write_pattern;

constexpr int kInputs = 3;

/// in/ with three images of different sides, one in a folder.
struct Input {
  Input() {
    write_pattern(folder / "in/a.png", 65, 50);
    write_pattern(folder / "in/deep/b.png", 40, 48);
    write_pattern(folder / "in/small.png", 20, 90);
    settings.input = folder / "in";
    settings.output = folder / "out";
    settings.recipe = {.crop = 24, .step = 12, .scales = {2}};
    settings.threads = 2;
  }
  std::map<std::string, std::string> out() const { return tree(folder / "out"); }

  TempFolder folder;
  PrepareSettings settings;
};

}  // namespace

TEST_CASE("a prepared set has the folders of its input and pairs that fit", "[prepare]") {
  const Input input;
  const PrepareResult result = prepare(input.settings);
  CHECK(result.images == 3);
  CHECK(result.cut == 2);
  CHECK(result.small == 1);
  CHECK(result.cropped == 1);
  CHECK(result.sub_images == 5 * 4 + 3 * 3);
  CHECK(result.files.written == 2 * (5 * 4 + 3 * 3 + 1));
  CHECK(result.problems.empty());
  CHECK(contains(result.warnings.at(0), "1 of 3 pictures are smaller than 24 x 24"));
  CHECK(input.out().contains("hr/deep/b_s009.png"));
  CHECK(input.out().contains("lr_x2/small.png"));

  DatasetConfig set;
  set.key = set.name = "train";
  set.type = "pairedimagedataset";
  set.dataroot_gt = {(input.folder / "out/hr").string()};
  set.dataroot_lq = {(input.folder / "out/lr_x2").string()};
  const PairList pairs = list_pairs(set, 2, {.deep = true});
  CHECK(pairs.pairs.size() == 30);
}

TEST_CASE("the same command does nothing when everything is there", "[prepare]") {
  const Input input;
  prepare(input.settings);
  const auto before = input.out();
  const fs::file_time_type time = fs::last_write_time(input.folder / "out/hr/a_s001.png");
  const PrepareResult again = prepare(input.settings);
  CHECK(again.files.written == 0);
  CHECK(again.files.kept == 60);
  CHECK(input.out() == before);
  CHECK(fs::last_write_time(input.folder / "out/hr/a_s001.png") == time);
}

TEST_CASE("a run that ended anywhere is completed to the same bytes", "[prepare]") {
  const Input input;
  prepare(input.settings);
  const auto whole = input.out();
  // What a kill leaves: the manifest, some files in any order, one that was being written.
  std::string manifest = whole.at("prepare.json");
  manifest.replace(manifest.find("\"complete\": true"), 16, "\"complete\": false");
  input.folder.write("out/prepare.json", manifest);
  int index = 0;
  for (const std::string& name : names(whole)) {
    if (name != "prepare.json" && ++index % 3 != 0) {
      fs::remove(input.folder / ("out/" + name));
    }
  }
  input.folder.write("out/hr/a_s001.png.sr-tmp", "half a fi");
  input.folder.write("out/prepare.json.sr-tmp", "{");
  const PrepareResult result = prepare(input.settings);
  CHECK(result.files.written == 40);
  CHECK(result.files.kept == 20);
  CHECK(input.out() == whole);
}

TEST_CASE("the number of threads changes no byte", "[prepare]") {
  Input input;
  prepare(input.settings);
  const auto two = input.out();
  input.settings.output = input.folder / "other";
  input.settings.threads = 7;
  prepare(input.settings);
  CHECK(tree(input.folder / "other") == two);
}

TEST_CASE("a run can be stopped and goes on later", "[prepare]") {
  Input input;
  std::atomic<int> asked{0};  // once for each file that is looked at, twice more, once a picture
  const PrepareResult stopped =
      prepare(input.settings, {.stop = [&] { return ++asked > kInputs + 2 + 1; }});
  CHECK(stopped.stopped);
  CHECK(stopped.files.written > 0);
  CHECK(stopped.files.written < 60);
  CHECK(contains(input.out().at("prepare.json"), "\"complete\": false"));
  CHECK_FALSE(prepare(input.settings).stopped);
  const auto resumed = input.out();
  input.settings.output = input.folder / "other";
  prepare(input.settings);
  CHECK(tree(input.folder / "other") == resumed);
}

TEST_CASE("who stops before the first picture leaves an earlier set as it was", "[prepare]") {
  Input input;
  prepare(input.settings);
  const auto before = input.out();
  input.settings.recipe = {.scales = {4}};
  input.settings.overwrite = true;
  std::atomic<int> asked{0};
  const int last = GENERATE(0, 1, kInputs, kInputs + 1);  // how often the answer is no
  PrepareHooks hooks;
  hooks.stop = [&] { return ++asked > last; };
  hooks.writing = [&](std::size_t, std::size_t) { FAIL("a picture was made"); };
  CHECK(prepare(input.settings, hooks).stopped);
  CHECK(input.out() == before);
}

TEST_CASE("other settings are refused and nothing is touched, overwriting leaves only the new",
          "[prepare]") {
  Input input;
  prepare(input.settings);
  const auto before = input.out();
  input.settings.recipe = {.scales = {4}};
  CHECK_THROWS_AS(prepare(input.settings), ConfigError);
  CHECK(input.out() == before);
  input.settings.overwrite = true;
  prepare(input.settings);
  CHECK(names(input.out()) == std::vector<std::string>{"hr/a.png", "hr/deep/b.png", "hr/small.png",
                                                       "lr_x4/a.png", "lr_x4/deep/b.png",
                                                       "lr_x4/small.png", "prepare.json"});
  CHECK_FALSE(fs::exists(input.folder / "out/lr_x2"));
}

TEST_CASE("an output folder with files of another hand is refused, overwriting leaves them",
          "[prepare]") {
  Input input;
  input.folder.write("out/hr/a_s001.png", "in the way");
  input.folder.write("out/hr/mine.txt", "precious");
  const std::string message = test::message_of<ConfigError>([&] { prepare(input.settings); });
  CHECK(contains(message, "out/hr/a_s001.png"));
  CHECK(contains(message, "out/hr/mine.txt"));
  CHECK(input.out().size() == 2);
  input.settings.overwrite = true;
  const PrepareResult result = prepare(input.settings);
  CHECK(contains(result.warnings.at(0), "out/hr/mine.txt"));
  CHECK(input.out().at("hr/mine.txt") == "precious");
  CHECK(same(decode_image(input.folder / "out/hr/a_s001.png"),
             test::pattern(65, 50)(cv::Rect(0, 0, 24, 24))));
}

TEST_CASE("pictures behind a linked folder are not taken for this set's, even when overwriting",
          "[prepare]") {
  Input input;
  input.folder.write("big/a_s001.png", "of another recipe");
  fs::create_directories(input.folder / "out");
  fs::create_directory_symlink(input.folder / "big", input.folder / "out/hr");
  for (const bool overwrite : {false, true}) {
    input.settings.overwrite = overwrite;
    const std::string message = test::message_of<ConfigError>([&] { prepare(input.settings); });
    CHECK(contains(message, "out/hr; choose another --output"));
    CHECK_FALSE(fs::exists(input.folder / "out/prepare.json"));
  }
}

TEST_CASE("bad input is named after the good is done, and is taken once it is mended",
          "[prepare]") {
  const Input input;
  const std::string good = test::read_text(input.folder / "in/a.png");
  input.folder.write("in/a.png", good.substr(0, good.size() / 2));
  std::string damaged = good;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  input.folder.write("in/c.png", damaged);
  const PrepareResult result = prepare(input.settings);
  REQUIRE(result.problems.size() == 2);
  CHECK(contains(result.problems[0], "in/a.png: "));
  CHECK(contains(result.problems[1], "in/c.png: "));
  CHECK(result.files.written == 20);
  input.folder.write("in/a.png", good);
  input.folder.write("in/c.png", good);
  const PrepareResult mended = prepare(input.settings);
  CHECK(mended.problems.empty());
  CHECK(mended.files.kept == 20);
  CHECK(input.out().contains("hr/c_s020.png"));
}

TEST_CASE("a picture of other sides than the manifest records is named and the others are done",
          "[prepare]") {
  const Input input;
  prepare(input.settings);
  std::string manifest = input.out().at("prepare.json");
  manifest.replace(manifest.find("\"width\":65"), 10, "\"width\":165");
  input.folder.write("out/prepare.json", manifest);
  fs::remove(input.folder / "out/hr/small.png");
  const PrepareResult result = prepare(input.settings);
  REQUIRE(result.problems.size() == 1);
  CHECK(contains(result.problems[0], "in/a.png: is 65 x 50 pixels, but "));
  CHECK(contains(result.problems[0], "out/prepare.json records 165 x 50"));
  CHECK(result.files.written == 1);
}

TEST_CASE("an input without anything to use is an error and leaves no output", "[prepare]") {
  const TempFolder folder;
  PrepareSettings settings;
  settings.input = folder / "in";
  settings.output = folder / "out";
  CHECK(contains(test::message_of<DataError>([&] { prepare(settings); }), "no such folder"));
  folder.write("in/a.png", "no image");
  CHECK(contains(test::message_of<DataError>([&] { prepare(settings); }), "in/a.png: "));
  CHECK_FALSE(fs::exists(folder / "out"));
}

TEST_CASE("two runs do not share an output folder", "[prepare]") {
  const Input input;
  fs::create_directories(input.settings.output);
  const FolderLock lock(input.settings.output);
  CHECK_THROWS_AS(prepare(input.settings), StorageError);
}

TEST_CASE("an output folder that cannot be made is a storage error", "[prepare]") {
  Input input;
  input.folder.write("file", "");
  input.settings.output = input.folder / "file/out";
  CHECK_THROWS_AS(prepare(input.settings), StorageError);
}

TEST_CASE("a video becomes frames of equal names in GT and LR", "[prepare]") {
  const TempFolder folder;
  test::write_video(folder / "in/tapes/v.mp4", 7, {64, 48});
  PrepareSettings settings;
  settings.input = folder / "in";
  settings.output = folder / "out";
  settings.recipe.scales = {2};
  settings.threads = 3;
  const PrepareResult result = prepare(settings);
  CHECK(result.videos == 1);
  CHECK(result.pictures == 7);
  const std::vector<cv::Mat> frames = test::decode_in_sequence(folder / "in/tapes/v.mp4");
  REQUIRE(frames.size() == 7);
  for (std::size_t n = 0; n < frames.size(); ++n) {
    const std::string name = "tapes/v/00000" + std::to_string(n) + ".png";
    CHECK(same(decode_image(folder / ("out/hr/" + name)), frames[n]));
    CHECK(same(decode_image(folder / ("out/lr_x2/" + name)), resize_bicubic_to(frames[n], 32, 24)));
  }
  CHECK(tree(folder / "out").size() == 2 * 7 + 1);
}

TEST_CASE("missing frames of a video are made again to the same bytes", "[prepare]") {
  const TempFolder folder;
  test::write_video(folder / "in/v.mp4", 9, {64, 48});
  PrepareSettings settings;
  settings.input = folder / "in";
  settings.output = folder / "out";
  settings.recipe = {.crop = 32, .step = 16, .scales = {2}};
  settings.threads = 2;
  prepare(settings);
  const auto whole = tree(folder / "out");
  CHECK(whole.contains("hr/v_s006/000008.png"));
  fs::remove(folder / "out/hr/v_s001/000002.png");
  fs::remove(folder / "out/lr_x2/v_s003/000007.png");
  const PrepareResult result = prepare(settings);
  CHECK(result.files.written == 2);
  CHECK(tree(folder / "out") == whole);
}

TEST_CASE("LR alone leaves GT where it is", "[prepare]") {
  const TempFolder folder;
  test::write_video(folder / "in/v.mp4", 3, {64, 48});
  write_pattern(folder / "in/a.png", 20, 10);
  PrepareSettings settings;
  settings.input = folder / "in";
  settings.output = folder / "out";
  settings.recipe = {.scales = {2}, .lr_only = true};
  prepare(settings);
  CHECK(names(tree(folder / "out")) ==
        std::vector<std::string>{"lr_x2/a.png", "lr_x2/v/000000.png", "lr_x2/v/000001.png",
                                 "lr_x2/v/000002.png", "prepare.json"});
}

TEST_CASE("published LR sets are made again bit for bit", "[prepare]") {
  const auto t91 = test::shared_data("T91");
  if (!t91) {
    SR_SKIP("no shared data: T91");
  }
  const TempFolder folder;
  PrepareSettings settings;
  settings.input = *t91 / "hr";
  settings.output = folder / "out";
  settings.recipe.scales = {2, 4};
  const PrepareResult result = prepare(settings);
  CHECK(result.images == 91);
  for (const char* lr : {"lr_x2", "lr_x4"}) {
    for (const auto& entry : fs::directory_iterator(*t91 / lr)) {
      INFO(entry.path());
      CHECK(same(decode_image(settings.output / lr / entry.path().filename()),
                 decode_image(entry.path())));
    }
  }
}

}  // namespace sr
