#include "report/counter_line.h"

#include <utility>

#include "support/catch.h"

namespace {

class Screen : public sr::Terminal {
 public:
  Screen(std::string& text, bool live, int columns) : text_(text), live_(live), columns_(columns) {}
  sr::TerminalTraits traits() const override { return {.live = live_}; }
  int columns() const override { return columns_; }
  void write(std::string_view text) override { text_ += text; }

 private:
  std::string& text_;
  bool live_;
  int columns_;
};

struct Scene {
  explicit Scene(bool live, sr::Verbosity verbosity = sr::Verbosity::kNormal, int columns = 80)
      : line("checking files", verbosity, std::make_unique<Screen>(text, live, columns),
             [this] { return now; }) {}

  /// What appears when `done` of 10,000 are counted at a time in seconds.
  std::string at(double seconds, std::size_t done) {
    now = seconds;
    line(done, 10000);
    return std::exchange(text, "");
  }

  std::string text;
  double now = 0;
  sr::CounterLine line;
};

}  // namespace

TEST_CASE("on a terminal a count is one line that is redrawn and erased", "[report]") {
  Scene scene(true);
  CHECK(scene.at(100.0, 1).empty());
  CHECK(scene.at(100.4, 3000) == "\r\x1b[Kchecking files 3,000/10,000");
  CHECK(scene.at(100.45, 3100).empty());
  CHECK(scene.at(100.6, 3200) == "\r\x1b[Kchecking files 3,200/10,000");
  CHECK(scene.at(100.7, 10000) == "\r\x1b[K");
}

TEST_CASE("elsewhere a count is a plain line every few seconds", "[report]") {
  Scene scene(false);
  CHECK(scene.at(100, 1).empty());
  CHECK(scene.at(104, 400).empty());
  CHECK(scene.at(105, 500) == "checking files 500/10,000\n");
  CHECK(scene.at(106, 600).empty());
  CHECK(scene.at(110, 1000) == "checking files 1,000/10,000\n");
  CHECK(scene.at(120, 10000).empty());
}

TEST_CASE("a count that ends in a moment is not shown, nor one after it", "[report]") {
  Scene scene(true);
  CHECK(scene.at(100, 1).empty());
  CHECK(scene.at(100.1, 10000).empty());
  CHECK(scene.at(200, 1).empty());
  CHECK(scene.at(200.1, 10000).empty());
}

TEST_CASE("a count can tell its rate and when it will be done", "[report]") {
  std::string text;
  double now = 50;
  sr::CounterLine line(
      "upscaling", sr::Verbosity::kNormal, std::make_unique<Screen>(text, false, 80),
      [&] { return now; }, sr::CounterLine::Detail::kRate);
  line(2, 100);  // the first two were there already
  now = 60;
  line(27, 100);
  CHECK(text == "upscaling 27/100, 2.50/s, eta 0:00:29\n");
}

TEST_CASE("quiet shows no count", "[report]") {
  Scene scene(true, sr::Verbosity::kQuiet);
  CHECK((scene.at(100, 1) + scene.at(200, 2) + scene.at(300, 10000)).empty());
}

TEST_CASE("a count that is given up leaves no line behind", "[report]") {
  std::string text;
  {
    double now = 0;
    sr::CounterLine line("checking files", sr::Verbosity::kNormal,
                         std::make_unique<Screen>(text, true, 80), [&now] { return now; });
    line(1, 10);
    now = 1;
    line(2, 10);
    text.clear();
  }
  CHECK(text == "\r\x1b[K");
}

TEST_CASE("a line that would wrap is not drawn", "[report]") {
  Scene scene(true, sr::Verbosity::kNormal, 20);
  CHECK(scene.at(100, 1).empty());
  CHECK(scene.at(101, 2).empty());
}
