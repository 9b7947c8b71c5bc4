#include "encoded.h"
#include "image/file_kind.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::FileKind;
using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::pattern;

TEST_CASE("images are known by their contents whatever their names", "[image]") {
  const std::string png = encode(pattern(4, 3), ".png");
  for (const char* name : {"a.png", "A.PNG", "noextension", "photo.txt", "-dash.png",
                           "two words.png", "\xc3\xbcn\xc3\xaf \xe7\x94\xbb.png"}) {
    const EncodedFile file(png, name);
    CHECK(sr::kind_by_content(file.path()) == FileKind::kImage);
    CHECK(file.probe().width == 4);
    CHECK(sr::test::same(file.decode(), pattern(4, 3)));
  }
  for (const char* bytes : {"Read me first.", ""}) {
    CHECK(sr::kind_by_content(EncodedFile(bytes, "image.png").path()) == FileKind::kOther);
  }
}

TEST_CASE("a file that cannot be read is an error and not silently no image", "[image]") {
  CHECK_THROWS_AS(sr::kind_by_content("/nonexistent/a.png"), sr::DataError);
  CHECK_THROWS_AS(sr::probe_image("/nonexistent/a.png"), sr::DataError);
  CHECK_THROWS_AS(sr::decode_image("/nonexistent/a.png"), sr::DataError);
}
