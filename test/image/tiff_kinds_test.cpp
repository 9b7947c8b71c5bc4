#include <tiffio.h>

#include "encoded.h"
#include "image/file_kind.h"
#include "support/catch.h"
#include "tiff_pages.h"

using sr::test::EncodedFile;
using sr::test::Page;
using sr::test::text_of;
using sr::test::tiff_of;

TEST_CASE("camera RAW and reduced first pages are told from pictures", "[image]") {
  const auto set = [](auto tag, auto value) {
    return [=](TIFF* tiff) { TIFFSetField(tiff, tag, value); };
  };
  const Page preview{
      .width = 24, .height = 20, .more = set(TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE)};
  const Page small{.width = 24, .height = 20};
  const Page sensor{.samples = 1, .bits = 16, .photometric = PHOTOMETRIC_CFA};
  const Page linear{.photometric = 34892};
  const std::uint8_t version[4] = {1, 4, 0, 0};
  const Page dng{.more = [&](TIFF* tiff) { TIFFSetField(tiff, TIFFTAG_DNGVERSION, version); }};
  const auto with_own = [](Page page) {  // what is written next is listed in the page itself
    const auto before = page.more;
    page.more = [before](TIFF* tiff) {
      if (before) {
        before(tiff);
      }
      std::uint64_t offsets[1] = {0};
      TIFFSetField(tiff, TIFFTAG_SUBIFD, 1, offsets);
    };
    return page;
  };
  const Page full_of_reduced{.more = set(TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE)};
  std::string canon = tiff_of({small});
  canon.replace(4, 8, std::string("\x10\0\0\0CR\x02\0", 8));
  using Kind = sr::FileKind;
  const std::vector<std::pair<std::string, Kind>> files = {
      {tiff_of({{}}), Kind::kImage},
      {tiff_of({{}, preview}), Kind::kImage},                      // picture, then its thumbnail
      {tiff_of({with_own({}), preview}), Kind::kImage},            // and as pyramids keep it
      {tiff_of({{}, {.width = 60, .height = 20}}), Kind::kImage},  // pages of a document
      {tiff_of({{.more = set(TIFFTAG_SUBFILETYPE, FILETYPE_PAGE)}, {}}), Kind::kImage},
      {tiff_of({preview, {}}), Kind::kReducedFirst},
      {tiff_of({full_of_reduced}), Kind::kReducedFirst},
      {tiff_of({small, {}}), Kind::kReducedFirst},
      {tiff_of({with_own(small), {}}), Kind::kReducedFirst},
      {tiff_of(
           {{.width = 24, .height = 20, .more = set(TIFFTAG_OSUBFILETYPE, OFILETYPE_REDUCEDIMAGE)},
            {}}),
       Kind::kReducedFirst},
      {tiff_of({sensor}), Kind::kRaw},
      {tiff_of({linear}), Kind::kRaw},
      {tiff_of({dng}), Kind::kRaw},
      {tiff_of({preview, sensor}), Kind::kRaw},
      {tiff_of({with_own(preview), sensor}), Kind::kRaw},
      {tiff_of({with_own(small), sensor}), Kind::kRaw},
      {tiff_of({{}, preview, sensor}, "wb"), Kind::kRaw},
      {canon, Kind::kRaw},
  };
  for (std::size_t i = 0; i < files.size(); ++i) {
    INFO(i);
    const EncodedFile file(files[i].first);
    CHECK(sr::kind_by_content(file.path()) == files[i].second);
    CHECK(file.probe_refusal().empty() == (files[i].second == Kind::kImage));
    CHECK(file.decode_refusal().empty() == (files[i].second == Kind::kImage));
  }
}

TEST_CASE("kinds of TIFF that are not decoded are refused as such", "[image]") {
  const std::vector<Page> pages = {
      {.samples = 4, .photometric = PHOTOMETRIC_SEPARATED},
      {.photometric = PHOTOMETRIC_CIELAB},
      {.samples = 1, .bits = 16, .photometric = PHOTOMETRIC_MINISWHITE},
      {.samples = 1, .bits = 16, .format = SAMPLEFORMAT_INT, .photometric = PHOTOMETRIC_MINISBLACK},
      {.samples = 1, .bits = 32, .photometric = PHOTOMETRIC_MINISBLACK}};
  for (const Page& page : pages) {
    INFO(text_of(page));
    CHECK(EncodedFile(tiff_of({page})).decode_refusal().find("not supported") != std::string::npos);
  }
  std::string packed = tiff_of({{}});
  const std::size_t entry = packed.find(std::string("\x03\x01\x03\0\x01\0\0\0\x01\0", 10));
  REQUIRE(entry != std::string::npos);
  packed.replace(entry + 8, 2, sr::test::le16(34712));  // JPEG 2000
  CHECK(EncodedFile(packed).decode_refusal() == "TIFF compression 34712 is not supported");
}
