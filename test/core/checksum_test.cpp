#include "core/checksum.h"

#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"

TEST_CASE("a file's checksum equals that of its bytes and changes with one bit", "[core]") {
  const sr::test::TempFolder folder;
  std::string text(3'000'000, 'a');
  const auto path = folder.write("a.bin", text);
  const auto whole = sr::checksum(std::as_bytes(std::span(text)));
  CHECK(sr::file_checksum(path) == whole);
  text[2'000'000] ^= 1;
  CHECK(sr::checksum(std::as_bytes(std::span(text))) != whole);
}

TEST_CASE("the checksum is XXH3-64 in sixteen hex digits", "[core]") {
  CHECK(sr::checksum_text(sr::checksum({})) == "2d06800538d394c2");
}

TEST_CASE("a missing file is a checkpoint error that names it", "[core]") {
  CHECK_THROWS_AS(sr::file_checksum("/nonexistent/x"), sr::CheckpointError);
}
