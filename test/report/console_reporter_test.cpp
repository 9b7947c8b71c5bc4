#include <algorithm>
#include <utility>

#include "report/events.h"
#include "report/reporter.h"
#include "report/terminal.h"
#include "support/catch.h"

using namespace sr::test;
using sr::Verbosity;

namespace {

class Screen : public sr::Terminal {
 public:
  Screen(std::string& text, sr::TerminalTraits traits) : text_(text), traits_(traits) {}
  sr::TerminalTraits traits() const override { return traits_; }
  int columns() const override { return 120; }
  void write(std::string_view text) override { text_ += text; }

 private:
  std::string& text_;
  sr::TerminalTraits traits_;
};

std::unique_ptr<sr::Reporter> console(std::string& text, sr::TerminalTraits traits,
                                      Verbosity verbosity = Verbosity::kNormal) {
  return sr::make_console_reporter(verbosity, std::make_unique<Screen>(text, traits));
}

std::string take(std::string& text) {
  return std::exchange(text, "");
}

constexpr sr::TerminalTraits kPlain{};
constexpr sr::TerminalTraits kLive{.live = true};
constexpr sr::TerminalTraits kColour{.live = true, .colour = true};

}  // namespace

TEST_CASE("without a terminal every progress is one line without escape codes", "[report]") {
  std::string text;
  const auto reporter = console(text, kPlain);
  reporter->on(at(0, start()));
  take(text);
  reporter->on(at(100, progress()));
  reporter->on(at(101, sr::TickEvent{{48, 16}, 5e-4, 20000}));
  reporter->on(at(200, progress()));
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(text.starts_with("    100  train"));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
}

TEST_CASE("on a terminal progress redraws one line", "[report]") {
  std::string text;
  const auto reporter = console(text, kLive);
  reporter->on(at(100, progress()));
  CHECK(text.starts_with("\r\x1b[K100/20,000"));
  CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("events stand above the live line", "[report]") {
  std::string text;
  const auto reporter = console(text, kLive);
  reporter->on(at(100, progress()));
  const std::string live = take(text).substr(4);  // after the erase code
  reporter->on(at(100, validation()));
  CHECK(text ==
        "\r\x1b[K    100  val       Set14: psnr 32.441, ssim 0.9056  (new best)  2.3 s\n" + live);
}

TEST_CASE("hidden events leave the live line alone", "[report]") {
  std::string text;
  const auto reporter = console(text, kLive);
  reporter->on(at(100, progress()));
  take(text);
  sr::SizeDecisionEvent hold = growth();
  hold.size = hold.from;
  reporter->on(at(100, hold));
  CHECK(text.empty());
}

TEST_CASE("ticks move the live line at most ten times a second", "[report]") {
  std::string text;
  const auto reporter = console(text, kLive);
  reporter->on(at(100, progress(), 10.0));
  take(text);
  const sr::TickEvent tick{{64, 16}, 4e-4, 20000};
  reporter->on(at(101, tick, 10.05));
  CHECK(text.empty());
  reporter->on(at(102, tick, 10.15));
  CHECK(text.find("102/20,000") != std::string::npos);
  CHECK(text.find("lq 64 x 16") != std::string::npos);
  CHECK(text.find("loss 0.02346") != std::string::npos);
}

TEST_CASE("between progress events the time left runs down", "[report]") {
  std::string text;
  const auto reporter = console(text, kLive);
  reporter->on(at(100, progress(), 10.0));
  take(text);
  reporter->on(at(400, sr::TickEvent{{48, 16}, 5e-4, 20000}, 70.0));
  CHECK(text.find("eta 0:35:27") != std::string::npos);
  take(text);
  reporter->on(at(400, sr::TickEvent{{48, 16}, 5e-4, 20000}, 1e6));
  CHECK(text.find("eta 0:00:00") != std::string::npos);
}

TEST_CASE("the closing table takes the place of the live line", "[report]") {
  std::string text;
  auto reporter = console(text, kLive);
  reporter->on(at(100, progress()));
  take(text);
  reporter->on(at(20000, end()));
  CHECK(text.starts_with("\r\x1b[Kdone: 20,000 steps"));
  CHECK(text.ends_with("events.jsonl\n"));
  take(text);
  reporter.reset();
  CHECK(text.empty());
}

TEST_CASE("a run that ends by an exception leaves the cursor at the start of a line", "[report]") {
  std::string text;
  auto reporter = console(text, kLive);
  reporter->on(at(100, progress()));
  reporter.reset();
  CHECK(text.ends_with('\n'));
}

TEST_CASE("colours follow what an event means", "[report]") {
  std::string text;
  const auto reporter = console(text, kColour);
  reporter->on(at(100, validation()));
  CHECK(take(text).starts_with("\x1b[2m    100\x1b[0m\x1b[32m  val"));  // new best: green
  reporter->on(at(100, sr::WarningEvent{"x", ""}));
  CHECK(take(text).find("\x1b[33m  warning   x\x1b[0m\n") != std::string::npos);
  reporter->on(at(100, sr::NoticeEvent{"x"}));
  CHECK(take(text) == "\x1b[2m    100\x1b[0m  note      x\n");
  sr::EndEvent failed = end();
  failed.exit_code = sr::ExitCode::kStorage;
  reporter->on(at(100, failed));
  CHECK(take(text).starts_with("\x1b[31mstopped after step 100"));
}

TEST_CASE("quiet has no live line", "[report]") {
  std::string text;
  const auto reporter = console(text, kLive, Verbosity::kQuiet);
  reporter->on(at(0, start()));
  reporter->on(at(100, sr::TickEvent{{48, 16}, 5e-4, 20000}));
  reporter->on(at(100, progress()));
  CHECK(text.empty());
  reporter->on(at(100, sr::WarningEvent{"x", ""}));
  CHECK(text == "    100  warning   x\n");
}
