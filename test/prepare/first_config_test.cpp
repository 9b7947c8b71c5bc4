#include "prepare/first_config.h"

#include <fmt/format.h>

#include <fstream>

#include "data/pairs.h"
#include "prepare/trees.h"
#include "resolve/load.h"
#include "support/catch.h"

namespace sr {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::TempFolder;
using test::write_pattern;

void write_files(const FirstConfig& first) {
  for (const NewFile& file : first.files) {
    std::ofstream(file.path, std::ios::binary) << file.text;
  }
}

/// The written configuration; its sets are listed, so that what it names is there.
Config loaded(const fs::path& file) {
  Config config = load_config(file, {}).config;
  list_pairs(config.train_set, config.scale);
  for (const DatasetConfig& set : config.val_sets) {
    list_pairs(set, config.scale);
  }
  return config;
}

}  // namespace

TEST_CASE("images of a folder are trained on but for those set apart", "[first_config]") {
  const TempFolder folder;
  for (int i = 0; i < 41; ++i) {
    write_pattern(folder / fmt::format("photos/{:02}, no. {}.png", i, i), 100, 72);
  }
  const FirstConfig first = first_config({.input = folder / "photos", .output = folder / "my.yml"});
  CHECK(first.name == "2x_photos");
  CHECK(first.scale == 2);
  CHECK(first.lq_size == 32);  // 36 rows of LQ hold four steps of 8
  CHECK(first.training == 39);
  CHECK(first.validation == 2);
  REQUIRE(first.files.size() == 3);
  CHECK(first.files[1].text == "10, no. 10.png\n30, no. 30.png\n");

  write_files(first);
  const Config config = loaded(folder / "my.yml");
  CHECK(config.train_set.lq_size == 32);
  CHECK(list_pairs(config.train_set, 2).pairs.size() == 39);
  CHECK(list_pairs(config.val_sets.at(0), 2).pairs.size() == 2);
}

TEST_CASE("images whose names no list can hold are never those set apart", "[first_config]") {
  const TempFolder folder;
  for (const char* name : {" 1.png", " 2.png", " 3.png", "a.png", "b.png"}) {
    write_pattern(folder / (std::string("photos/") + name), 100, 72);
  }
  const FirstConfig first = first_config({.input = folder / "photos", .output = folder / "my.yml"});
  CHECK(first.training == 1);
  CHECK(first.validation == 1);
  REQUIRE(first.warnings.size() == 1);
  CHECK(contains(first.warnings.front(), "3 images have names that a list cannot hold"));
  write_files(first);
  const Config config = loaded(folder / "my.yml");
  CHECK(list_pairs(config.train_set, 2).pairs.size() == 1);
  CHECK(list_pairs(config.val_sets.at(0), 2).pairs.size() == 1);
}

TEST_CASE("a first configuration of pairs has their scale", "[first_config]") {
  const TempFolder folder;
  write_pattern(folder / "set/hr/a.png", 264, 264);
  write_pattern(folder / "set/hr/b.png", 264, 264);
  write_pattern(folder / "set/lr_x3/a.png", 88, 88);
  write_pattern(folder / "set/lr_x3/b.png", 88, 88);
  const FirstConfigSettings settings{
      .input = folder / "set", .network = "span", .output = folder / "my.yml"};
  const FirstConfig first = first_config(settings);
  CHECK(first.name == "3x_set");
  CHECK(first.scale == 3);
  CHECK(first.lq_size == 64);
  write_files(first);
  const Config config = loaded(folder / "my.yml");
  CHECK(config.train_set.type == "pairedimagedataset");
  CHECK(config.network_g.type == "span");

  SECTION("which may lie anywhere") {
    const FirstConfig other = first_config(
        {.input = folder / "set/hr", .lq = folder / "set/lr_x3", .output = folder / "other.yml"});
    CHECK(other.scale == 3);
    CHECK(other.name == "3x_set");
  }
  SECTION("and sizes that fit no scale are told") {
    write_pattern(folder / "set/lr_x3/a.png", 40, 88);
    const std::string told = test::message_of<ConfigError>([&] { first_config(settings); });
    CHECK(contains(told, "a.png has 264 x 264 pixels"));
    CHECK(contains(told, "40 x 88"));
  }
}

TEST_CASE("a first configuration of one image has no validation", "[first_config]") {
  const TempFolder folder;
  write_pattern(folder / "one/a.png", 40, 40);
  const FirstConfig first = first_config(
      {.input = folder / "one", .scale = 4, .name = "mine", .output = folder / "my.yml"});
  CHECK(first.validation == 0);
  CHECK(first.files.size() == 1);
  CHECK(first.lq_size == 8);
  write_files(first);
  CHECK(loaded(folder / "my.yml").val_sets.empty());
}

TEST_CASE("a first configuration has a name and paths that load", "[first_config]") {
  const TempFolder folder;
  write_pattern(folder / "a\x1b[1m/a.png", 40, 40);
  FirstConfigSettings settings{.input = folder / "a\x1b[1m", .output = folder / "my.yml"};
  CHECK(first_config(settings).name == "2x");  // the folder's name is none for a run
  for (const char* name : {"..", "../x", "a/b", "a\nb", "\x1b[1m", "\xff"}) {
    settings.name = name;
    CHECK(contains(test::message_of<ConfigError>([&] { first_config(settings); }), "--name: "));
  }
  write_pattern(folder / "$HOME/a.png", 40, 40);
  write_files(first_config({.input = folder / "$HOME", .output = folder / "$HOME.yml"}));
  CHECK(loaded(folder / "$HOME.yml").train_set.dataroot_gt.at(0) == folder / "$HOME");
  settings.name = "fine";
  write_pattern(folder / "\xff/a.png", 40, 40);
  settings.input = folder / "\xff";
  CHECK(contains(test::message_of<ConfigError>([&] { first_config(settings); }), "--input: "));
}

TEST_CASE("a first configuration names what cannot be used", "[first_config]") {
  const TempFolder folder;
  write_pattern(folder / "in/a.png", 40, 40);
  folder.write("in/b.png", "no picture");
  const FirstConfigSettings settings{.input = folder / "in", .output = folder / "my.yml"};
  CHECK(contains(test::message_of<DataError>([&] { first_config(settings); }), "b.png"));
  CHECK_THROWS_AS(first_config({.input = folder / "in", .scale = 5, .output = folder / "my.yml"}),
                  ConfigError);
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK_THROWS_AS(first_config({.input = folder / "loop", .output = folder / "my.yml"}), DataError);
}

}  // namespace sr
