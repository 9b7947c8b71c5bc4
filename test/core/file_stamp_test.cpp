#include "core/file_stamp.h"

#include "support/catch.h"
#include "support/temp_folder.h"

TEST_CASE("a stamp tells a changed file from the same one", "[core]") {
  const sr::test::TempFolder folder;
  const auto file = folder / "a";
  folder.write("a", "one");
  const auto before = sr::stamp_of(file);
  REQUIRE(before);
  CHECK(before->bytes == 3);
  CHECK(sr::stamp_of(file) == before);

  std::filesystem::last_write_time(
      file, std::filesystem::last_write_time(file) + std::chrono::nanoseconds(1000));
  const auto touched = sr::stamp_of(file);
  REQUIRE(touched);
  CHECK(touched->modified_ns == before->modified_ns + 1000);
  folder.write("a", "four");
  CHECK(sr::stamp_of(file)->bytes == 4);
}

TEST_CASE("a stamp of the inode tells a copy with the old time of modification", "[core]") {
  const sr::test::TempFolder folder;
  const auto file = folder / "a";
  folder.write("a", "one");
  const auto modified = std::filesystem::last_write_time(file);
  const auto before = sr::inode_stamp_of(file);
  REQUIRE(before);
  CHECK(before->file == sr::stamp_of(file));
  const auto change = [&] {  // again until the clock of the file system has ticked
    folder.write("a", "two");
    std::filesystem::last_write_time(file, modified);
    return sr::inode_stamp_of(file);
  };
  auto after = change();
  for (int i = 0; i < 1000 && after == before; ++i) {
    after = change();
  }
  CHECK(after != before);
  CHECK(after->file == before->file);
}

TEST_CASE("a file that is not there has no stamp", "[core]") {
  CHECK_FALSE(sr::stamp_of("/no/such/file"));
}
