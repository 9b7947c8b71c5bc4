#include "checkpoint/input_file.h"

#include <sys/stat.h>

#include "checkpoint/samples.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using sr::CheckpointError;
using sr::InputFile;
using sr::test::complaint;
using sr::test::TempFolder;

TEST_CASE("a file is read from front to back, and no further than it goes", "[checkpoint]") {
  const TempFolder folder;
  InputFile input(folder.write("a", "abcde"));
  CHECK(input.size() == 5);
  CHECK(input.read_up_to(2) == std::vector{std::byte{'a'}, std::byte{'b'}});
  CHECK(input.read_up_to(100).size() == 3);
  CHECK(input.read_up_to(100).empty());
  std::byte one{};
  CHECK_THROWS_AS(input.read({&one, 1}), CheckpointError);
}

TEST_CASE("what is not a regular file is refused, not waited for", "[checkpoint]") {
  const TempFolder folder;
  CHECK_THROWS_AS(InputFile(folder / "missing"), CheckpointError);
  CHECK_THROWS_AS(InputFile(folder.path()), CheckpointError);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_AS(InputFile(folder / "pipe"), CheckpointError);
}

TEST_CASE("an error inside is given the name of the file", "[checkpoint]") {
  const auto call = [] {
    sr::with_file_name("x.pth", []() -> int { throw CheckpointError("is damaged"); });
  };
  CHECK(complaint<CheckpointError>(call) == "x.pth: is damaged");
}
