#include "upscale/upscale.h"

#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/stopped.h"
#include "image/image.h"
#include "metric/metric.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/temp_folder.h"
#include "upscale/upscaled_folders.h"

namespace {

namespace fs = std::filesystem;
using sr::test::files_below;
using sr::test::Folders;
using sr::test::run;
using sr::test::write_image;

sr::ComparedMetric compared_by(const char* type, const sr::MetricOptions& options) {
  const sr::MetricEntry& entry = sr::find_metric(type);
  return {.type = &entry, .crop_border = options.crop_border, .measure = entry.make(options)};
}

}  // namespace

TEST_CASE("a folder tree is scaled up; the bad file is named and the others go on", "[upscale]") {
  const Folders f;
  for (int i = 0; i < 12; ++i) {
    write_image(f.in / ("sub/" + std::to_string(i) + ".png"), sr::test::pattern(10 + i, 9));
  }
  std::string damaged = sr::test::read_text(f.in / "sub/5.png");
  damaged[damaged.size() / 2] ^= 1;  // within its pixels: only decoding tells
  f.folder.write("in/sub/damaged.png", damaged);
  std::vector<std::size_t> told;
  const sr::UpscaleResult result = run(f.settings, sr::test::nearest(2),
                                       {.progress =
                                            [&](std::size_t done, std::size_t total) {
                                              CHECK(total == 13);
                                              told.push_back(done);
                                            },
                                        .stop = {}});
  CHECK(result.written == 12);
  CHECK(result.pictures == 12);
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems.front().starts_with((f.in / "sub/damaged.png").string()));
  CHECK(told.back() == 13);
  CHECK(std::ranges::is_sorted(told));
  CHECK(files_below(f.out).size() == 12);
  cv::Mat expected;
  cv::resize(sr::test::pattern(13, 9), expected, {}, 2, 2, cv::INTER_NEAREST);
  CHECK(sr::test::same(sr::decode_image(f.out / "sub/3.png"), expected));
}

TEST_CASE("outputs that are there are kept unless asked otherwise", "[upscale]") {
  Folders f;
  write_image(f.in / "a.png", sr::test::pattern(4, 4));
  write_image(f.in / "b.png", sr::test::pattern(5, 5));
  f.folder.write("out/a.png", "mine");
  const sr::UpscaleResult first = run(f.settings);
  CHECK(first.kept == 1);
  CHECK(first.written == 1);
  CHECK(sr::test::read_text(f.out / "a.png") == "mine");
  write_image(f.folder / "gt/a.png", sr::test::pattern(8, 8));
  write_image(f.folder / "gt/b.png", sr::test::pattern(10, 10));
  f.settings.compare = sr::CompareSettings{f.folder / "gt", {compared_by("calculate_psnr", {})}};
  const sr::UpscaleResult compared = run(f.settings);
  CHECK(compared.scores.size() == 2);
  CHECK(compared.kept == 2);
  CHECK(sr::test::read_text(f.out / "a.png") == "mine");
  f.settings.compare.reset();
  f.settings.overwrite = true;
  CHECK(run(f.settings).written == 2);
  CHECK(sr::decode_image(f.out / "a.png").cols == 8);
}

TEST_CASE("when asked to stop it leaves whole files only", "[upscale]") {
  const Folders f;
  for (int i = 0; i < 30; ++i) {
    write_image(f.in / (std::to_string(i) + ".png"), sr::test::pattern(20, 20));
  }
  int asked = 0;
  const sr::UpscaleResult result =
      run(f.settings, sr::test::nearest(2), {.progress = {}, .stop = [&] { return ++asked > 5; }});
  CHECK(result.stopped);
  CHECK(result.written == 5);
  CHECK(files_below(f.out).size() == 5);
  for (const auto& entry : fs::directory_iterator(f.out)) {
    CHECK(sr::decode_image(entry.path()).cols == 40);
  }
}

TEST_CASE("a picture in which the user asks for the end is not written", "[upscale]") {
  const Folders f;
  for (int i = 0; i < 3; ++i) {
    write_image(f.in / (std::to_string(i) + ".png"), sr::test::pattern(20, 20));
  }
  sr::Resolver resolver = sr::test::nearest(2);
  resolver.run = [whole = resolver.run](const cv::Mat& lq, int depth, const std::string& name) {
    if (name.ends_with("1.png")) {
      throw sr::Stopped();
    }
    return whole(lq, depth, name);
  };
  const sr::UpscaleResult result = run(f.settings, resolver);
  CHECK(result.stopped);
  CHECK(result.problems.empty());
  CHECK(result.written == 1);
  CHECK(files_below(f.out).size() == 1);
}

TEST_CASE("an error that is not one file's ends the work", "[upscale]") {
  const Folders f;
  for (int i = 0; i < 10; ++i) {
    write_image(f.in / (std::to_string(i) + ".png"), sr::test::pattern(8, 8));
  }
  sr::Resolver resolver = sr::test::nearest(2);
  resolver.run = [](const cv::Mat&, int, const std::string& name) -> cv::Mat {
    throw sr::DoesNotFitError(name);
  };
  CHECK_THROWS_AS(run(f.settings, resolver), sr::DoesNotFitError);
  CHECK_FALSE(fs::exists(f.out / "0.png"));
  f.folder.write("out", "a file where the folder must be");
  CHECK_THROWS_AS(run({.input = f.in / "1.png", .output = f.out / "1.png"}), sr::StorageError);
}

TEST_CASE("what the network refuses is that file's problem", "[upscale]") {
  const Folders f;
  write_image(f.in / "a.png", sr::test::pattern(8, 8));
  write_image(f.in / "b.png", sr::test::pattern(9, 8));
  sr::Resolver resolver = sr::test::nearest(2);
  resolver.run = [plain = resolver.run](const cv::Mat& lq, int depth, const std::string& name) {
    if (lq.cols == 8) {
      throw sr::DataError(name + ": not finite");
    }
    return plain(lq, depth, name);
  };
  const sr::UpscaleResult result = run(f.settings, resolver);
  CHECK(result.written == 1);
  CHECK(result.problems == std::vector<std::string>{(f.in / "a.png").string() + ": not finite"});
}

TEST_CASE("an output that cannot be encoded is that file's problem", "[upscale]") {
  const Folders f;
  // Twice as wide it is more than libpng's limit of a million pixels a side.
  write_image(f.in / "a.png", cv::Mat(1, 500'001, CV_8UC3, cv::Scalar(1, 2, 3)));
  write_image(f.in / "b.png", sr::test::pattern(9, 8));
  const sr::UpscaleResult result = run(f.settings);
  CHECK(result.written == 1);
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems.front().starts_with((f.in / "a.png").string() + ": "));
}

TEST_CASE("scores are those of the metrics, their mean that of validation", "[upscale]") {
  Folders f;
  f.settings.output.reset();
  f.settings.compare = sr::CompareSettings{
      f.folder / "gt",
      {compared_by("calculate_psnr", {2, true}), compared_by("calculate_ssim", {2, true})}};
  std::vector<double> psnr;
  for (int i = 0; i < 3; ++i) {
    const std::string name = std::to_string(i);
    const cv::Mat lq = sr::test::pattern(20 + i, 20);
    const cv::Mat gt = sr::test::pattern(40 + 2 * i, 40) * (0.5 + 0.1 * i);
    write_image(f.in / (name + ".png"), lq);
    write_image(f.folder / ("gt/" + name + ".bmp"), gt);
    cv::Mat output;
    cv::resize(lq, output, {}, 2, 2, cv::INTER_NEAREST);
    psnr.push_back(sr::psnr(output, gt, {2, true}));
  }
  write_image(f.in / "alone.png", sr::test::pattern(20, 20));
  const sr::UpscaleResult result = run(f.settings);
  REQUIRE(result.scores.size() == 3);
  CHECK(result.scores[0].name == "0");
  CHECK(result.scores[2].values[0] == psnr[2]);
  CHECK(sr::mean_score(result.scores).values[0] == (psnr[0] + psnr[1] + psnr[2]) / 3);
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems.front().starts_with((f.in / "alone.png").string() + ": "));
  CHECK(result.written == 0);
  CHECK_FALSE(fs::exists(f.out));
}

TEST_CASE("a GT that is larger is cropped, a smaller one is a problem", "[upscale]") {
  const Folders f;
  write_image(f.in / "a.png", sr::test::pattern(20, 20));
  write_image(f.folder / "large.png", sr::test::pattern(41, 43));
  write_image(f.folder / "small.png", sr::test::pattern(39, 40));
  sr::UpscaleSettings settings{.input = f.in / "a.png"};
  settings.compare =
      sr::CompareSettings{f.folder / "large.png", {compared_by("calculate_psnr", {})}};
  CHECK(run(settings).scores.size() == 1);
  settings.compare->gt = f.folder / "small.png";
  CHECK(run(settings).problems.size() == 1);
}

TEST_CASE("what is wrong with the folder of GT is told", "[upscale]") {
  const Folders f;
  write_image(f.in / "a.png", sr::test::pattern(20, 20));
  write_image(f.folder / "gt/a.bmp", sr::test::pattern(40, 40));
  write_image(f.folder / "gt/a.png", sr::test::pattern(41, 40));
  fs::create_symlink("nowhere", f.folder / "gt/b.png");
  sr::UpscaleSettings settings{.input = f.in};
  settings.compare = sr::CompareSettings{f.folder / "gt", {compared_by("calculate_psnr", {})}};
  const sr::UpscaleResult result = run(settings);
  CHECK(result.scores.size() == 1);
  REQUIRE(result.problems.size() == 2);
  CHECK(result.problems[0].starts_with((f.folder / "gt/b.png").string() + ": "));
  CHECK(result.problems[1] == (f.folder / "gt/a.png").string() + ": has the same stem as a.bmp");
}

TEST_CASE("metrics with a network are measured where pictures are computed", "[upscale]") {
  const Folders f;
  sr::UpscaleSettings settings{.input = f.in};
  for (int i = 0; i < 6; ++i) {
    write_image(f.in / (std::to_string(i) + ".png"), sr::test::pattern(10 + i, 20));
  }
  const std::thread::id here = std::this_thread::get_id();
  std::atomic<int> elsewhere{0};
  sr::ComparedMetric width = compared_by("calculate_psnr", {});
  width.measure = [](const cv::Mat& output, const cv::Mat&) { return output.cols; };
  sr::ComparedMetric by_network = width;
  by_network.has_network = true;
  by_network.measure = [&](const cv::Mat& output, const cv::Mat& gt) {
    elsewhere += std::this_thread::get_id() != here ? 1 : 0;
    return output.cols == 12 ? std::numeric_limits<double>::quiet_NaN() : gt.cols + 0.5;
  };
  sr::Resolver same = sr::test::nearest(2);
  same.scale = 1;
  same.run = [](const cv::Mat& lq, int, const std::string&) { return lq; };
  settings.compare = sr::CompareSettings{f.in, {by_network, width}};
  const sr::UpscaleResult result = run(settings, same);
  REQUIRE(result.scores.size() == 6);
  CHECK(elsewhere == 0);
  CHECK(result.problems.empty());
  CHECK(result.scores[5].values == std::vector<double>{15.5, 15});
  CHECK(std::isnan(result.scores[2].values[0]));
  CHECK(sr::mean_score(result.scores).values[0] == (10 + 11 + 13 + 14 + 15) / 5.0 + 0.5);
}

TEST_CASE("a picture that one metric does not measure counts for the others", "[upscale]") {
  const Folders f;
  write_image(f.in / "a.png", sr::test::pattern(5, 20));  // 10 x 40: too small for SSIM's window
  write_image(f.in / "b.png", sr::test::pattern(20, 20));
  write_image(f.folder / "gt/a.png", sr::test::pattern(10, 40));
  write_image(f.folder / "gt/b.png", sr::test::pattern(40, 40));
  sr::UpscaleSettings settings{.input = f.in};
  settings.compare = sr::CompareSettings{
      f.folder / "gt", {compared_by("calculate_psnr", {}), compared_by("calculate_ssim", {})}};
  const sr::UpscaleResult result = run(settings);
  REQUIRE(result.scores.size() == 2);
  CHECK(std::isnan(result.scores[0].values[1]));
  const std::vector<double> mean = sr::mean_score(result.scores).values;
  CHECK(mean[0] == (result.scores[0].values[0] + result.scores[1].values[0]) / 2);
  CHECK(mean[1] == result.scores[1].values[1]);
  CHECK(std::isnan(sr::mean_score({result.scores[0]}).values[1]));
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems.front() == (f.in / "a.png").string() +
                                       ": 10x40 is less than the 11x11 that calculate_ssim needs "
                                       "with crop_border 0");
}

TEST_CASE("alpha that a format cannot hold is said", "[upscale]") {
  Folders f;
  sr::Picture picture;
  picture.color = sr::test::pattern(4, 4);
  picture.alpha = cv::Mat(4, 4, CV_8UC1, 7);
  fs::create_directories(f.in);
  sr::write_picture(f.in / "a.png", picture, sr::PictureFormat::kPng);
  f.settings.format = sr::PictureFormat::kJpeg;
  REQUIRE(run(f.settings).notes.size() == 1);
  CHECK(fs::exists(f.out / "a.jpg"));
  f.settings.picture.alpha = sr::AlphaMode::kDrop;
  f.settings.overwrite = true;
  CHECK(run(f.settings).notes.empty());
}

TEST_CASE("a profile that does not fit the output is said", "[upscale]") {
  Folders f;
  sr::Picture picture;
  picture.gray = true;
  picture.color = cv::Mat(4, 4, CV_8UC3, cv::Scalar::all(50));
  const std::string icc = std::string(16, '\0') + "GRAY" + std::string(200, '\0');
  picture.attachments.icc.assign(icc.begin(), icc.end());
  fs::create_directories(f.in);
  sr::write_picture(f.in / "a.png", picture, sr::PictureFormat::kPng);
  CHECK(run(f.settings).notes.empty());
  CHECK(sr::decode_picture(f.out / "a.png").attachments.icc == picture.attachments.icc);
  f.settings.format = sr::PictureFormat::kWebp;
  CHECK(run(f.settings).notes ==
        std::vector<std::string>{"the ICC profile is for other channels than the output's, it was "
                                 "dropped: " +
                                 (f.in / "a.png").string()});
  CHECK(sr::decode_picture(f.out / "a.webp").attachments.icc.empty());
}

TEST_CASE("a network for clips wants a video", "[upscale]") {
  const Folders f;
  write_image(f.in / "a.png", sr::test::pattern(4, 4));
  const sr::UpscaleResult result = run(f.settings, sr::test::nearest(2, 5));
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems.front().find("clips of 5 frames") != std::string::npos);
}
