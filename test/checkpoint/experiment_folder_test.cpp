#include "checkpoint/experiment_folder.h"

#include <unistd.h>

#include <ctime>

#include "checkpoint/samples.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using sr::ExperimentFolder;
using sr::test::complaint;
using sr::test::read_text;
using sr::test::TempFolder;

TEST_CASE("a new experiment folder holds only its lock", "[checkpoint]") {
  const TempFolder root;
  const auto folder = ExperimentFolder::create(root / "experiments", "x");
  CHECK(folder.layout().folder() == root / "experiments/x");
  CHECK_FALSE(folder.archived());
  CHECK(folder.exclusive());
  CHECK(std::distance(std::filesystem::directory_iterator(root / "experiments/x"), {}) == 1);
}

TEST_CASE("an existing experiment is archived whole", "[checkpoint]") {
  const TempFolder root;
  root.write("x/train.log", "old");
  const auto folder = ExperimentFolder::create(root.path(), "x");
  REQUIRE(folder.archived());
  CHECK(folder.archived()->filename().string().starts_with("x_archived_2"));
  CHECK(folder.archived()->filename().string().size() ==
        std::string("x_archived_20250131_120000").size());
  CHECK(read_text(*folder.archived() / "train.log") == "old");
  CHECK_FALSE(std::filesystem::exists(*folder.archived() / ".lock"));
  CHECK_FALSE(std::filesystem::exists(root / "x/train.log"));
}

TEST_CASE("a run goes into the empty folder that a link in its place leads to", "[checkpoint]") {
  const TempFolder root, elsewhere;
  std::filesystem::create_directory_symlink(elsewhere.path(), root / "x");
  CHECK_FALSE(ExperimentFolder::create(root.path(), "x").archived());
  CHECK(std::filesystem::is_symlink(root / "x"));
  elsewhere.write("train.log", "old");
  CHECK(ExperimentFolder::create(root.path(), "x").archived());
  CHECK(read_text(elsewhere / "train.log") == "old");
}

TEST_CASE("experiments archived within one second have different names", "[checkpoint]") {
  const TempFolder root;
  for (int i = 0; i < 5; ++i) {
    const auto folder = ExperimentFolder::create(root.path(), "x");
  }
  CHECK(std::distance(std::filesystem::directory_iterator(root.path()), {}) == 5);
}

TEST_CASE("a sibling name counts up until it is free", "[checkpoint]") {
  const TempFolder root;
  std::tm time{};
  time.tm_year = 125;
  time.tm_mday = 31;
  time.tm_hour = 12;
  time.tm_isdst = -1;
  const std::time_t now = std::mktime(&time);
  const auto first = sr::unused_sibling(root / "x", "archived", now);
  CHECK(first == root / "x_archived_20250131_120000");
  CHECK(sr::unused_sibling(root / "x/", "archived", now) == first);
  std::filesystem::create_directory(first);
  CHECK(sr::unused_sibling(root / "x", "archived", now) == root / "x_archived_20250131_120000_2");
  root.write("x_archived_20250131_120000_2", "a file counts too");
  CHECK(sr::unused_sibling(root / "x", "archived", now) == root / "x_archived_20250131_120000_3");
}

TEST_CASE("opening an experiment keeps what is in it", "[checkpoint]") {
  const TempFolder root;
  root.write("x/train.log", "old");
  {
    const auto folder = ExperimentFolder::open(root.path(), "x");
    CHECK(read_text(folder.layout().folder() / "train.log") == "old");
  }
  const auto fresh = ExperimentFolder::open(root.path(), "y");
  CHECK(std::filesystem::is_directory(root / "y"));
}

TEST_CASE("an experiment in use is neither archived nor opened", "[checkpoint]") {
  const TempFolder root;
  const auto running = ExperimentFolder::create(root.path(), "x");
  for (const auto second : {&ExperimentFolder::create, &ExperimentFolder::open}) {
    const std::string text = complaint<sr::StorageError>([&] { second(root.path(), "x"); });
    CHECK(text.find((root / "x").string() + ": in use by process ") == 0);
  }
  CHECK(std::distance(std::filesystem::directory_iterator(root.path()), {}) == 1);
  CHECK_NOTHROW(ExperimentFolder::create(root.path(), "y"));
}

TEST_CASE("a root that cannot be written is named", "[checkpoint]") {
  CHECK(complaint<sr::StorageError>([] {
          ExperimentFolder::create("/proc/nope", "x");
        }).find("/proc/nope") != std::string::npos);
  CHECK(complaint<sr::StorageError>([] {
          ExperimentFolder::create("/proc", "x");
        }).find("/proc/x") != std::string::npos);
  const TempFolder root;
  root.write("file", "");
  CHECK(complaint<sr::StorageError>([&] {
          ExperimentFolder::create(root / "file", "x");
        }).find("file") != std::string::npos);
  CHECK(complaint<sr::StorageError>([&] {
          ExperimentFolder::create(root.path(), "file");
        }).find("file") != std::string::npos);
  CHECK(std::filesystem::is_regular_file(root / "file"));
}

TEST_CASE("whether a run can write there is told without making anything", "[checkpoint]") {
  const TempFolder root;
  root.write("file", "");
  root.write("runs/x/train.log", "");
  std::filesystem::create_symlink("nowhere", root / "link");
  const auto refusal = [](const std::filesystem::path& place, const std::string& name) {
    return complaint<sr::StorageError>([&] { ExperimentFolder::require_possible(place, name); });
  };
  CHECK(refusal(root / "file", "x").ends_with("file/x: Not a directory"));
  CHECK(refusal(root.path(), "file").ends_with("file: Not a directory"));
  CHECK(refusal(root / "link", "x").ends_with("link/x: Not a directory"));
  CHECK(refusal("/dev/null/runs", "x").ends_with("/dev/null/runs/x: Not a directory"));
  CHECK(refusal("/proc", "x").find("/proc/x") != std::string::npos);
  if (::geteuid() != 0) {
    std::filesystem::permissions(
        root / "runs", std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    CHECK(refusal(root / "runs", "y").ends_with("runs/y: Permission denied"));
  }
  ExperimentFolder::require_possible(root / "runs", "x");
  ExperimentFolder::require_possible(root / "a/b/c", "x");
  CHECK_FALSE(std::filesystem::exists(root / "a"));
  CHECK_THROWS_AS(ExperimentFolder::require_possible(root.path(), ".."), sr::ConfigError);
}

TEST_CASE("a name that is no folder name is a configuration error", "[checkpoint]") {
  const TempFolder root;
  for (const char* name : {"", ".", "..", "a/b", "/etc", "a/"}) {
    INFO(name);
    CHECK_THROWS_AS(ExperimentFolder::create(root.path(), name), sr::ConfigError);
    CHECK_THROWS_AS(ExperimentFolder::open(root.path(), name), sr::ConfigError);
  }
  CHECK(std::filesystem::is_empty(root.path()));
}
