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

TEST_CASE("a file that is not there has no stamp", "[core]") {
  CHECK_FALSE(sr::stamp_of("/no/such/file"));
}
