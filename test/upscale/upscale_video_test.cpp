#include <atomic>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "image/video.h"
#include "image/video_writer.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/video.h"
#include "upscale/upscaled_folders.h"

namespace fs = std::filesystem;
using sr::test::files_below;
using sr::test::Folders;
using sr::test::run;
using sr::test::write_image;

TEST_CASE("a video that nothing can encode is that file's problem", "[upscale]") {
  const Folders f;
  sr::test::write_video(f.in / "a.mp4", 3);
  write_image(f.in / "b.png", sr::test::pattern(4, 4));
  sr::Resolver resolver = sr::test::nearest(2);
  resolver.run = [plain = resolver.run](const cv::Mat& lq, int depth, const std::string& name) {
    return lq.cols > 4 ? cv::Mat(1, 1, CV_8UC3, cv::Scalar(1, 2, 3)) : plain(lq, depth, name);
  };
  const sr::UpscaleResult result = run(f.settings, resolver);
  CHECK(result.written == 1);
  CHECK(fs::exists(f.out / "b.png"));
  CHECK_FALSE(fs::exists(f.out / "a.mp4"));
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems.front().starts_with((f.out / "a.mp4").string() + ": there is no encoder"));
}

TEST_CASE("a video becomes a video of the same rate and length", "[upscale]") {
  const Folders f;
  sr::test::write_video(f.in / "v.mp4", 7);
  const sr::UpscaleResult result = run(f.settings);
  CHECK(result.written == 1);
  CHECK(result.pictures == 7);
  CHECK(result.notes ==
        std::vector<std::string>{"sound, if there was any, is not copied into videos"});
  const sr::VideoInfo info = sr::probe_video(f.out / "v.mp4");
  CHECK(info.width == 128);
  CHECK(info.height == 96);
  CHECK(info.frames == 7);
  sr::VideoReader reader(f.out / "v.mp4");
  CHECK(sr::frames_per_second_of(f.out / "v.mp4") == Approx(25));
  // Lossy, but the same picture.
  cv::Mat expected;
  cv::resize(sr::VideoReader(f.in / "v.mp4").read(4), expected, {}, 2, 2, cv::INTER_NEAREST);
  CHECK(cv::norm(reader.read(4), expected, cv::NORM_L1) / static_cast<double>(expected.total()) <
        15);
  CHECK(files_below(f.out).size() == 1);
  CHECK(run(f.settings).kept == 1);
}

TEST_CASE("a video becomes frames, of which those that are there are kept", "[upscale]") {
  const Folders f;
  sr::test::write_video(f.in / "v.mp4", 5);
  const sr::UpscaleSettings settings{.input = f.in / "v.mp4", .output = f.out};
  f.folder.write("out/00000003.png", "mine");
  const sr::UpscaleResult result = run(settings, sr::test::nearest(2, 3));
  CHECK(result.written == 4);
  CHECK(result.kept == 1);
  cv::Mat expected;
  cv::resize(sr::VideoReader(f.in / "v.mp4").read(4), expected, {}, 2, 2, cv::INTER_NEAREST);
  CHECK(sr::test::same(sr::decode_image(f.out / "00000005.png"), expected));
}

TEST_CASE("a video that breaks off leaves nothing", "[upscale]") {
  const Folders f;
  sr::test::write_video(f.in / "v.mp4", 6);
  sr::Resolver resolver = sr::test::nearest(2);
  std::atomic<int> frames{0};
  resolver.run = [&, plain = resolver.run](const cv::Mat& lq, int depth, const std::string& name) {
    if (++frames == 3) {
      throw sr::DataError(name + ": not finite");
    }
    return plain(lq, depth, name);
  };
  const sr::UpscaleResult result = run(f.settings, resolver);
  CHECK(result.problems ==
        std::vector<std::string>{(f.in / "v.mp4").string() + ": frame 2: not finite"});
  CHECK(result.written == 0);
  CHECK(files_below(f.out).empty());
}
