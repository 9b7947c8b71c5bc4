#include "report/live_line.h"

#include "support/catch.h"

namespace {

sr::LiveState state() {
  return {.step = 1234,
          .total_iter = 20000,
          .share = 0.0617,
          .eta_s = 2187,
          .size = {48, 16},
          .lr = 5e-4,
          .step_ms = 110,
          .memory_usage = 0.834,
          .losses = {{"l1loss", 0.0234567}}};
}

/// Columns that a text takes: no escape sequences, no UTF-8 continuation bytes.
int columns_of(const std::string& text) {
  int columns = 0;
  bool escape = false;
  for (const char c : text) {
    const bool ends = escape && c == 'm';
    escape = (escape || c == '\x1b') && !ends;
    columns += !escape && !ends && (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }
  return columns;
}

}  // namespace

TEST_CASE("the live line shows everything when there is room", "[report]") {
  CHECK(
      sr::live_line(state(), {.columns = 200}) ==
      "1,234/20,000  6.2%  9.09 it/s  eta 0:36:27  lq 48 x 16  mem [########..] 83%  lr 5.00e-04  "
      "loss 0.02346");
}

TEST_CASE("the memory bar is made of blocks and colour where the terminal has them", "[report]") {
  const std::string line =
      sr::live_line(state(), {.columns = 200, .unicode = true, .colour = true});
  CHECK(line.find("mem \x1b[32m████████░░ 83%\x1b[0m") != std::string::npos);
  sr::LiveState full = state();
  full.memory_usage = 0.99;
  CHECK(sr::live_line(full, {.columns = 200, .colour = true}).find("\x1b[31m[##########] 99%") !=
        std::string::npos);
  CHECK(sr::live_line(full, {.columns = 200}).find('\x1b') == std::string::npos);
}

TEST_CASE("the live line is always shorter than the terminal is wide", "[report]") {
  sr::LiveState many = state();
  many.losses = {{"l1", 0.5}, {"perceptual", 1.5}, {"gan", 0.25}, {"d_real", 0.7}};
  for (const bool fancy : {false, true}) {
    for (int columns = 14; columns <= 220; ++columns) {
      const sr::LiveStyle style{.columns = columns, .unicode = fancy, .colour = fancy};
      const std::string line = sr::live_line(many, style);
      CHECK(columns_of(line) < columns);
      CHECK(line.starts_with("1,234/20,000"));
    }
  }
}

TEST_CASE("what matters least goes first", "[report]") {
  const std::string line = sr::live_line(state(), {.columns = 80});
  CHECK(line == "1,234/20,000  6.2%  9.09 it/s  eta 0:36:27  lq 48 x 16  loss 0.02346");
}

TEST_CASE("before the first measurement the live line claims nothing", "[report]") {
  sr::LiveState fresh = state();
  fresh.step = 3;
  fresh.step_ms = 0;
  fresh.share = 3.0 / 20000;
  fresh.losses.clear();
  CHECK(sr::live_line(fresh, {.columns = 200}) == "3/20,000  0.0%  lq 48 x 16  lr 5.00e-04");
}
