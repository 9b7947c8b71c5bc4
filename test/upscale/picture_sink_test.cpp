#include "upscale/picture_sink.h"

#include <latch>
#include <thread>

#include <opencv2/core.hpp>

#include "support/catch.h"
#include "support/pattern.h"
#include "support/temp_folder.h"

namespace {

namespace fs = std::filesystem;

/// A sink for inputs of these names.
struct Sink {
  explicit Sink(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      plan.jobs.push_back({.input = fs::path("in") / name,
                           .stem = name,
                           .video = name.ends_with(".mp4"),
                           .output = folder / name});
    }
  }

  sr::test::TempFolder folder;
  sr::UpscaleSettings settings;
  sr::UpscalePlan plan;
  sr::Problems problems;
  sr::PictureSink sink{settings, plan, problems};
};

sr::PictureItem item(std::size_t job, const cv::Mat& color, std::int64_t frame = -1) {
  sr::PictureItem made{.job = job, .frame = frame};
  made.picture.color = color;
  return made;
}

/// Of two channels, for which OpenCV throws.
cv::Mat no_picture() {
  return {48, 64, CV_8UC2, cv::Scalar(0)};
}

}  // namespace

TEST_CASE("a picture that its encoder cannot take is a problem of its own", "[upscale]") {
  Sink s({"a.png", "b.png"});
  s.sink.put(item(0, no_picture()));
  s.sink.put(item(1, sr::test::pattern(4, 3)));
  const std::vector<std::string> problems = s.problems.take();
  REQUIRE(problems.size() == 1);
  CHECK(problems.front().starts_with("in/a.png: "));
  CHECK(s.sink.written() == 1);
  CHECK(fs::exists(s.folder / "b.png"));
}

TEST_CASE("a video file that lacks a frame is given up", "[upscale]") {
  Sink s({"v.mp4"});
  s.sink.put(item(0, sr::test::pattern(64, 48), 0));
  s.sink.put(item(0, no_picture(), 1));
  s.sink.put(item(0, sr::test::pattern(64, 48), 2));
  s.sink.put({.job = 0, .kind = sr::PictureItem::Kind::kEndOfVideo});
  const std::vector<std::string> problems = s.problems.take();
  REQUIRE(problems.size() == 1);
  CHECK(problems.front().starts_with("in/v.mp4: frame 1: "));
  CHECK(s.sink.written() == 0);
  CHECK(fs::is_empty(s.folder.path()));
}

TEST_CASE("frames of a folder may fail in several threads at a time", "[upscale]") {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kVideos = 100'000;
  Sink s({});
  s.plan.jobs.resize(
      kVideos,
      {.input = "in/v.mp4", .stem = "v", .video = true, .output = s.folder.path(), .frames = true});
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t first = 0; first < kThreads; ++first) {
    threads.emplace_back([&, first] {
      start.arrive_and_wait();
      for (std::size_t job = first; job < kVideos; job += kThreads) {
        s.sink.put({.job = job, .kind = sr::PictureItem::Kind::kBrokenVideo});
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  s.sink.put(item(0, sr::test::pattern(4, 3), 7));
  CHECK(fs::exists(s.folder / "00000008.png"));
}
