#include "report/append_file.h"

#include <sys/stat.h>

#include "core/error.h"
#include "support/catch.h"
#include "support/file_size_limit.h"
#include "support/temp_folder.h"

using sr::test::read_text;
using sr::test::TempFolder;

TEST_CASE("lines are appended to what is there", "[report]") {
  const TempFolder folder;
  folder.write("a.log", "old\n");
  sr::AppendFile(folder / "a.log").append_line("one");
  sr::AppendFile(folder / "a.log").append_line("two");
  CHECK(read_text(folder / "a.log") == "old\none\ntwo\n");
}

TEST_CASE("the folder of a new file is created", "[report]") {
  const TempFolder folder;
  sr::AppendFile(folder / "x/y/a.log").append_line("one");
  CHECK(read_text(folder / "x/y/a.log") == "one\n");
}

TEST_CASE("a torn last line is ended before the next one", "[report]") {
  const TempFolder folder;
  folder.write("a.log", "whole\n{\"ev");
  sr::AppendFile(folder / "a.log").append_line("next");
  CHECK(read_text(folder / "a.log") == "whole\n{\"ev\nnext\n");
}

TEST_CASE("a line appears at once and not at the end of the run", "[report]") {
  const TempFolder folder;
  sr::AppendFile file(folder / "a.log");
  file.append_line("one");
  CHECK(read_text(folder / "a.log") == "one\n");
}

TEST_CASE("a file that cannot be opened is a storage error with its path", "[report]") {
  try {
    const sr::AppendFile file("/proc/nope/a.log");
    FAIL("no error");
  } catch (const sr::StorageError& error) {
    CHECK(std::string(error.what()).find("/proc/nope") != std::string::npos);
  }
  const TempFolder folder;
  CHECK_THROWS_AS(sr::AppendFile(folder.path()), sr::StorageError);
}

TEST_CASE("a full disk is a storage error and leaves no part of a line", "[report]") {
  const TempFolder folder;
  sr::AppendFile file(folder / "a.log");
  file.append_line("one");
  std::string message;
  try {
    const sr::test::FileSizeLimit limit(8);  // "one\n" and half of the next
    file.append_line("two is too long");
  } catch (const sr::StorageError& error) {
    message = error.what();
  }
  CHECK(message.find("a.log") != std::string::npos);
  file.append_line("three");
  CHECK(read_text(folder / "a.log") == "one\nthree\n");
}

TEST_CASE("a pipe in a log's place is refused, not written into until it is full", "[report]") {
  const TempFolder folder;
  REQUIRE(::mkfifo((folder / "a.log").c_str(), 0600) == 0);
  CHECK_THROWS_AS(sr::AppendFile(folder / "a.log"), sr::StorageError);
  std::filesystem::create_symlink("/dev/null", folder / "silent.log");
  CHECK_NOTHROW(sr::AppendFile(folder / "silent.log").append_line("one"));
}
