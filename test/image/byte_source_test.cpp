#include "image/byte_source.h"

#include "encoded.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using sr::test::refusal;
using sr::test::TempFolder;

TEST_CASE("a file source reads numbers in both byte orders wherever its window is", "[image]") {
  const TempFolder folder;
  std::string text(10000, '\0');
  text.replace(0, 4, "\x01\x02\x03\x04");
  text.replace(4094, 4, "\xa1\xa2\xa3\xa4");  // across the end of the first window
  text.replace(9996, 4, "\xf1\xf2\xf3\xf4");
  sr::FileSource source(folder.write("a.bin", text));
  CHECK(source.size() == 10000);
  CHECK(source.be32(0) == 0x01020304U);
  CHECK(source.le32(4094) == 0xa4a3a2a1U);
  CHECK(source.be32(9996) == 0xf1f2f3f4U);
  CHECK(source.le16(0) == 0x0201);
  CHECK(source.le24(1) == 0x040302U);
  std::vector<std::uint8_t> large(9000);
  source.read(1000, large);
  CHECK(large[3094] == 0xa1);
  CHECK(source.read_all().size() == 10000);
}

TEST_CASE("reading past the end is named as truncation of that file", "[image]") {
  const std::vector<std::uint8_t> bytes(5);
  sr::MemorySource source("some.png", bytes);
  CHECK_NOTHROW(source.le32(1));
  CHECK_THROWS_WITH(source.le32(2),
                    "some.png: truncated: it ends after 5 bytes, inside its header");
  CHECK_FALSE(source.has(~std::uint64_t{0}, 2));
  CHECK_FALSE(source.matches(4, "ab"));
}

TEST_CASE("what is no readable regular file is refused with its name", "[image]") {
  const TempFolder folder;
  const std::filesystem::path absent = folder / "absent.png";
  CHECK(refusal([&] { const sr::FileSource source(absent); }) ==
        "cannot open " + absent.string() + ": No such file or directory");
  CHECK(refusal([&] { const sr::FileSource source(folder.path()); }) ==
        folder.path().string() + ": not a regular file");
}
