#include "data/pair_decoder.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/parallel.h"
#include "data/test_images.h"
#include "image/resize.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/video.h"

namespace sr {
namespace {

using test::contains;
using test::message_of;
using test::same;
using test::TempFolder;
using test::write_video;

DatasetConfig single_set(const TempFolder& folder) {
  DatasetConfig config;
  config.key = "train";
  config.type = "singlevideodataset";
  config.dataroot_gt = {(folder / "gt").string()};
  config.lq_size = 8;
  return config;
}

std::string clip(int number) {
  return "gt/clip" + std::to_string(100 + number) + ".avi";
}

}  // namespace

TEST_CASE("items are the frames of both files", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.mp4", 6, {64, 48});
  for (int n = 0; n < 6; ++n) {
    test::write_image(folder / ("lq/a/" + std::to_string(n) + ".png"),
                      test::coded_image(32, 24, 1, n));
  }
  DatasetConfig config = single_set(folder);
  config.type = "pairedvideodataset";
  config.dataroot_lq = {(folder / "lq").string()};
  PairDecoder decoder(list_pairs(config, 2).pairs, 2);
  CHECK(decoder.pairs().size() == 6);
  const std::vector<cv::Mat> plain = test::decode_in_sequence(folder / "gt/a.mp4");
  for (const std::size_t n : {0, 1, 5, 2, 2, 3}) {
    const PairImage images = decoder.decode(n);
    CHECK(same(images.gt.whole(), plain[n]));
    CHECK(same(images.lq.whole(), test::coded_image(32, 24, 1, static_cast<int>(n))));
  }
}

TEST_CASE("LQ is made from the cropped GT frame where there is none", "[data][video]") {
  const TempFolder folder;
  write_video(folder / "gt/a.avi", 3, {66, 48});
  PairDecoder decoder(list_pairs(single_set(folder), 4).pairs, 4);
  const PairImage images = decoder.decode(2);
  const cv::Mat gt = test::decode_in_sequence(folder / "gt/a.avi")[2](cv::Rect(0, 0, 64, 48));
  CHECK(same(images.gt.whole(), gt));
  CHECK(same(images.lq.whole(), resize_bicubic_to(gt, 16, 12)));
}

TEST_CASE("several threads get the right frames of more files than stay open", "[data][video]") {
  const TempFolder folder;
  constexpr int kFiles = 12;
  constexpr int kFrames = 6;
  std::vector<std::vector<cv::Mat>> plain;
  for (int file = 0; file < kFiles; ++file) {
    write_video(folder / clip(file), kFrames, {64, 48}, file * 3);
    plain.push_back(test::decode_in_sequence(folder / clip(file)));
  }
  PairDecoder decoder(list_pairs(single_set(folder), 2).pairs, 2);
  REQUIRE(decoder.pairs().size() == kFiles * kFrames);
  std::vector<std::size_t> order;
  std::mt19937 generator(3);
  for (int i = 0; i < 200; ++i) {
    order.push_back(generator() % decoder.pairs().size());
  }
  std::atomic<int> wrong{0};
  for_each_index(order.size(), 4, [&](std::size_t i) {
    const std::size_t item = order[i];
    wrong += same(decoder.decode(item).gt.whole(), plain[item / kFrames][item % kFrames]) ? 0 : 1;
  });
  CHECK(wrong == 0);
}

TEST_CASE("a video that has changed since the start is refused by name and frame",
          "[data][video]") {
  const TempFolder folder;
  write_video(folder / clip(0), 6);
  PairDecoder decoder(list_pairs(single_set(folder), 2).pairs, 2);
  CHECK(decoder.decode(3).gt.size().width == 64);
  const auto file = folder / clip(0);
  std::filesystem::last_write_time(
      file, std::filesystem::last_write_time(file) + std::chrono::seconds(5));
  CHECK(decoder.decode(4).gt.size().width == 64);  // the reader still has it open
  CHECK(message_of<DataError>([&] { decoder.decode(1); }) ==
        file.string() + ": frame 1: has changed since the start");
  std::filesystem::remove(file);
  CHECK(message_of<DataError>([&] { decoder.decode(2); }) ==
        file.string() + ": frame 2: has changed since the start");
}

TEST_CASE("every failure names the file and the frame", "[data][video]") {
  const TempFolder folder;
  write_video(folder / clip(0), 6);
  std::vector<ImagePair> pairs = list_pairs(single_set(folder), 2).pairs;
  const std::string name = (folder / clip(0)).string();
  pairs[1].gt_frame = 77;
  pairs[2].lq_width = 40;
  PairDecoder decoder(pairs, 2);
  CHECK(message_of<DataError>([&] { decoder.decode(1); }) ==
        name + ": frame 77: the file ends after 6 frames");
  CHECK(contains(message_of<DataError>([&] { decoder.decode(2); }),
                 name + ": frame 2: has changed since the start: is 64x48"));
  CHECK(decoder.decode(0).gt.size().width == 64);

  test::write_bytes(folder / clip(0), "no video");
  PairDecoder late(pairs, 2);
  CHECK(contains(message_of<DataError>([&] { late.decode(0); }), name + ": frame 0: not a video"));
}

TEST_CASE("images are decoded as without a decoder that keeps files open", "[data][video]") {
  const TempFolder folder;
  const test::CodedSet set(folder, {{20, 16}, {18, 17}}, 2);
  PairDecoder decoder(set.pairs(), 2);
  CHECK(same(decoder.decode(1).gt.whole(), test::coded_image(18, 17, 2, 1)));
  CHECK(same(decoder.decode(1).lq.whole(), test::coded_image(18, 17, 1, 1)));
}

}  // namespace sr
