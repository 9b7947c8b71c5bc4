#include "report/text.h"

#include <cmath>
#include <limits>

#include "support/catch.h"

TEST_CASE("counts are grouped by thousands", "[report]") {
  CHECK(sr::grouped(0) == "0");
  CHECK(sr::grouped(999) == "999");
  CHECK(sr::grouped(1000) == "1,000");
  CHECK(sr::grouped(1234567) == "1,234,567");
  CHECK(sr::grouped(-123) == "-123");
  CHECK(sr::grouped(-1234) == "-1,234");
}

TEST_CASE("rates turn around below one step a second", "[report]") {
  CHECK(sr::rate_text(110) == "9.09 it/s");
  CHECK(sr::rate_text(1000) == "1.00 it/s");
  CHECK(sr::rate_text(1850) == "1.85 s/it");
  CHECK(sr::rate_text(2) == "500 it/s");
  CHECK(sr::rate_text(0) == "-");
  CHECK(sr::rate_text(std::nan("")) == "-");
}

TEST_CASE("losses and metrics keep the digits that matter", "[report]") {
  CHECK(sr::loss_text(0.0234567) == "0.02346");
  CHECK(sr::loss_text(1.5e-7) == "1.5e-07");
  CHECK(sr::loss_text(std::nan("")) == "nan");
  CHECK(sr::metric_text(32.44124) == "32.441");
  CHECK(sr::metric_text(0.905612) == "0.9056");
  CHECK(sr::done_text(0.0617) == "6.2%");
  CHECK(sr::percent_text(0.834) == "83%");
  CHECK(sr::percent_text(std::numeric_limits<double>::infinity()) == "-");
}

TEST_CASE("sizes in short and in words", "[report]") {
  CHECK(sr::size_text({48, 16}) == "lq 48 x 16");
  CHECK(sr::size_words({48, 16}) == "lq 48, batch 16");
}
