#include "core/line_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

using sr::LineFile;
using sr::test::TempFolder;

namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  LineFile file(path);
  std::vector<std::string> lines;
  for (std::string line; file.next(line);) {
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("a file is read line by line", "[core]") {
  const TempFolder folder;
  using Lines = std::vector<std::string>;
  CHECK(lines_of(folder.write("a", "one\n\ntwo\r\nthree")) == Lines{"one", "", "two\r", "three"});
  CHECK(lines_of(folder.write("b", "one\n")) == Lines{"one"});
  CHECK(lines_of(folder.write("c", "")).empty());
  const std::string beyond_a_buffer(200'000, 'x');
  CHECK(lines_of(folder.write("d", "a\n" + beyond_a_buffer + "\nb\n")) ==
        Lines{"a", beyond_a_buffer, "b"});
}

TEST_CASE("a line without end costs no memory and hides no other line", "[core]") {
  const TempFolder folder;
  const std::string endless(LineFile::kLongest + 1, '\0');
  CHECK(lines_of(folder.write("a", "one\n" + endless + "\ntwo\n")) ==
        std::vector<std::string>{"one", "two"});
  CHECK(lines_of(folder.write("b", endless)).empty());
}

TEST_CASE("what is no regular file has no lines and is not waited for", "[core]") {
  const TempFolder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink("/dev/zero", folder / "zero");
  folder.write("file", "a\n");
  std::filesystem::create_symlink("file", folder / "link");
  for (const char* name : {"pipe", "zero", "none", "."}) {
    CHECK_FALSE(LineFile(folder / name).is_open());
    CHECK(lines_of(folder / name).empty());
  }
  CHECK(lines_of(folder / "link").size() == 1);
}
