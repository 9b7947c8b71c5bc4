#include "image/png_filter.h"

#include <cstdlib>
#include <vector>

#include "core/random.h"
#include "support/catch.h"

namespace {

using Row = std::vector<std::uint8_t>;

Row random_row(std::size_t size, std::uint64_t number) {
  Row row(size);
  for (std::size_t i = 0; i < size; ++i) {
    row[i] = static_cast<std::uint8_t>(sr::hash(number, i, sr::Stream::kDegradation));
  }
  return row;
}

/// The standard's own words (ISO/IEC 15948 section 9.2), byte by byte.
Row by_the_standard(int filter, std::size_t pixel, const Row& filtered, const Row& above) {
  Row row(filtered.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    const int a = i >= pixel ? row[i - pixel] : 0;
    const int b = above[i];
    const int c = i >= pixel ? above[i - pixel] : 0;
    const int p = a + b - c;
    const int pa = std::abs(p - a);
    const int pb = std::abs(p - b);
    const int pc = std::abs(p - c);
    const int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    const int predictions[] = {0, a, b, (a + b) / 2, paeth};
    row[i] = static_cast<std::uint8_t>(filtered[i] + predictions[filter]);
  }
  return row;
}

}  // namespace

TEST_CASE("every PNG filter is undone as the standard says", "[image]") {
  for (const int channels : {3, 4}) {
    const auto pixel = static_cast<std::size_t>(channels);
    for (int filter = 0; filter <= 4; ++filter) {
      for (const std::size_t width : {1, 2, 7, 1000}) {
        Row filtered = random_row(width * pixel, width);
        Row above = random_row(width * pixel, width + 1);
        const Row expected = by_the_standard(filter, pixel, filtered, above);
        filtered.resize(filtered.size() + sr::kPngRowPadding, 255);
        above.resize(above.size() + sr::kPngRowPadding, 255);
        Row row(width * pixel);
        REQUIRE(sr::undo_png_filter(filter, channels, filtered.data(), above.data(), row));
        CHECK(row == expected);
      }
    }
  }
}

TEST_CASE("a PNG filter that does not exist is refused", "[image]") {
  const Row bytes(3 + sr::kPngRowPadding);
  Row row(3);
  CHECK_FALSE(sr::undo_png_filter(5, 3, bytes.data(), bytes.data(), row));
  CHECK_FALSE(sr::undo_png_filter(255, 4, bytes.data(), bytes.data(), row));
}
