#include "core/units.h"

#include "support/catch.h"

TEST_CASE("parse_bytes reads numbers with binary units and refuses everything else", "[core]") {
  CHECK(sr::parse_bytes("12GiB") == 12 * sr::kGiB);
  CHECK(sr::parse_bytes(" 1.5 MiB ") == 3 * sr::kMiB / 2);
  CHECK(sr::parse_bytes("200KiB") == 200 * sr::kKiB);
  CHECK(sr::parse_bytes("4096") == 4096);
  CHECK(sr::parse_bytes("7B") == 7);
  for (const char* bad : {"", "GiB", "12GB", "12 gib", "-1MiB", "1e30GiB", "nan", "1 2MiB"}) {
    INFO(bad);
    CHECK_FALSE(sr::parse_bytes(bad).has_value());
  }
}

TEST_CASE("exact_bytes is read back to the same number", "[core]") {
  for (const std::int64_t bytes :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{1023}, sr::kKiB, 3 * sr::kMiB / 2,
        200 * sr::kMiB, 12 * sr::kGiB, 12 * sr::kGiB + 1}) {
    CHECK(sr::parse_bytes(sr::exact_bytes(bytes)) == bytes);
  }
  CHECK(sr::exact_bytes(1536 * sr::kMiB) == "1536MiB");
}

TEST_CASE("format_bytes and format_duration are short and readable", "[core]") {
  CHECK(sr::format_bytes(100) == "100 B");
  CHECK(sr::format_bytes(852'000'000) == "812.5 MiB");
  CHECK(sr::format_duration(3723) == "1:02:03");
  CHECK(sr::format_duration(86400 + 59.6) == "1d 0:01:00");
  CHECK(sr::format_duration(-5) == "0:00:00");
}
