#include "core/atomic_file.h"

#include <sys/stat.h>

#include "core/error.h"
#include "support/catch.h"
#include "support/file_size_limit.h"
#include "support/temp_folder.h"

using sr::test::read_text;
using sr::test::TempFolder;

TEST_CASE("an atomic file appears on commit and not before", "[core]") {
  const TempFolder folder;
  {
    sr::AtomicFile file(folder / "a.txt");
    file.write("hello");
    CHECK_FALSE(std::filesystem::exists(folder / "a.txt"));
    file.commit();
  }
  CHECK(read_text(folder / "a.txt") == "hello");
}

TEST_CASE("an abandoned atomic file leaves the old contents and no temporary file", "[core]") {
  const TempFolder folder;
  folder.write("a.txt", "old");
  {
    sr::AtomicFile file(folder / "a.txt");
    file.write("new");
  }
  CHECK(read_text(folder / "a.txt") == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("the longest names that there are can be written", "[core]") {
  const TempFolder folder;
  for (const char last : {'a', 'b'}) {
    const std::string name = std::string(254, 'n') + last;
    sr::write_file_atomically(folder / name, std::string(1, last));
  }
  CHECK(read_text(folder / (std::string(254, 'n') + 'a')) == "a");
  CHECK(read_text(folder / (std::string(254, 'n') + 'b')) == "b");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
}

TEST_CASE("a target that cannot be written is a storage error with its path", "[core]") {
  try {
    sr::write_file_atomically("/proc/nope/a.txt", "x");
    FAIL("no error");
  } catch (const sr::StorageError& error) {
    CHECK(std::string(error.what()).find("/proc/nope/a.txt") != std::string::npos);
  }
  CHECK_THROWS_AS(sr::make_folder("/proc/nope/b"), sr::StorageError);
}

TEST_CASE("what stands under the temporary name is replaced, never written through", "[core]") {
  const TempFolder folder;
  folder.write("victim", "untouched");
  const std::filesystem::path temporary = folder / "a.txt.sr-tmp";
  const auto writes = [&] {
    sr::write_file_atomically(folder / "a.txt", "new");
    CHECK(read_text(folder / "a.txt") == "new");
    CHECK(read_text(folder / "victim") == "untouched");
    CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(temporary)));
  };
  std::filesystem::create_symlink(folder / "victim", temporary);
  writes();
  std::filesystem::create_hard_link(folder / "victim", temporary);
  writes();
  REQUIRE(::mkfifo(temporary.c_str(), 0600) == 0);  // to write into it would wait for a reader
  writes();
  folder.write("a.txt.sr-tmp", "what a killed run left, longer than what comes");
  writes();
  std::filesystem::create_directory(temporary);
  CHECK_THROWS_AS(sr::write_file_atomically(folder / "a.txt", "x"), sr::StorageError);
  CHECK(read_text(folder / "a.txt") == "new");
}

TEST_CASE("a write that the system refuses is a storage error and keeps the old file", "[core]") {
  const TempFolder folder;
  folder.write("a.bin", "old");
  {
    const sr::test::FileSizeLimit limit(4096);
    CHECK_THROWS_AS(sr::write_file_atomically(folder / "a.bin", std::string(100'000, 'x')),
                    sr::StorageError);
  }
  CHECK(read_text(folder / "a.bin") == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("temporary names are recognised", "[core]") {
  CHECK(sr::is_temporary_name("x/a.safetensors.sr-tmp"));
  CHECK_FALSE(sr::is_temporary_name("x/a.safetensors"));
}

TEST_CASE("each of several writers of one file has a name of its own", "[core]") {
  const TempFolder folder;
  sr::AtomicFile first(folder / "a.txt");
  first.write("first");
  sr::AtomicFile second(folder / "a.txt");
  second.write("second");
  CHECK(first.temporary() != second.temporary());
  CHECK(sr::is_temporary_name(second.temporary()));
  {
    sr::AtomicFile given_up(folder / "a.txt");
    given_up.write("third");
  }
  second.commit();
  CHECK(read_text(folder / "a.txt") == "second");
  first.commit();
  CHECK(read_text(folder / "a.txt") == "first");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("what is left of an unfinished file is removed, one that is written is not", "[core]") {
  const TempFolder folder;
  sr::AtomicFile file(folder / "a.txt");
  file.write("new");
  folder.write("a.txt.2.sr-tmp", "what a killed process left");
  folder.write("b.txt.sr-tmp", "what a killed process left");
  for (const auto& left : std::filesystem::directory_iterator(folder.path())) {
    sr::remove_unfinished(left.path());
  }
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  file.commit();
  CHECK(read_text(folder / "a.txt") == "new");
  CHECK_NOTHROW(sr::remove_unfinished(folder / "none"));
}

TEST_CASE("a file is copied whole, or not at all", "[core]") {
  const TempFolder folder;
  const std::string text((std::size_t{1} << 20) + 7, 'x');
  folder.write("a", text);
  sr::copy_file_atomically(folder / "a", folder / "b");
  CHECK(read_text(folder / "b") == text);
  CHECK(read_text(folder / "a") == text);
  CHECK_THROWS_AS(sr::copy_file_atomically(folder / "none", folder / "b"), sr::StorageError);
  CHECK_THROWS_AS(sr::copy_file_atomically(folder.path(), folder / "b"), sr::StorageError);
  CHECK(read_text(folder / "b") == text);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
}

TEST_CASE("a file whose place another one has taken is not committed", "[core]") {
  const TempFolder folder;
  sr::AtomicFile file(folder / "a.txt");
  std::filesystem::remove(file.temporary());
  folder.write("a.txt.sr-tmp", "half of another one");
  CHECK_THROWS_AS(file.commit(), sr::StorageError);
  CHECK_FALSE(std::filesystem::exists(folder / "a.txt"));
  CHECK(read_text(folder / "a.txt.sr-tmp") == "half of another one");
}

TEST_CASE("a file is hidden under a temporary name with an ending", "[core]") {
  const TempFolder folder;
  folder.write("victim", "untouched");
  std::filesystem::create_symlink("victim", folder / ".a.mp4.sr-tmp.mp4");
  sr::AtomicFile file(folder / "a.mp4", ".mp4");
  CHECK(file.temporary() == folder / ".a.mp4.sr-tmp.mp4");
  file.write("new");
  file.commit();
  CHECK(read_text(folder / "a.mp4") == "new");
  CHECK(read_text(folder / "victim") == "untouched");
}
