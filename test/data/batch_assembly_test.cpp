#include "data/batch_assembly.h"

#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "data/reference_patch.h"
#include "degrade/sharpen.h"
#include "support/catch.h"
#include "support/pattern.h"

namespace sr {
namespace {

/// Items that own their frames.
class Items {
 public:
  Items& add(const SampleDescriptor& sample, std::vector<PairImage> images) {
    auto& frames = frames_.emplace_back();
    for (PairImage& image : images) {
      frames.push_back(std::make_shared<const PairImage>(std::move(image)));
    }
    items_.push_back({sample, frames});
    return *this;
  }
  Items& add_coded(const SampleDescriptor& sample, cv::Size lq, int scale) {
    return add(sample, {coded(static_cast<int>(sample.image), lq, scale)});
  }
  Items& add_flat(int depth, double value) {
    return add({}, {{cv::Mat(4, 4, CV_MAKETYPE(depth, 3), cv::Scalar::all(value)),
                     cv::Mat(8, 8, CV_MAKETYPE(depth, 3), cv::Scalar::all(value))}});
  }
  operator std::span<const BatchItem>() const { return items_; }

  static PairImage coded(int number, cv::Size lq, int scale) {
    return {test::coded_image(lq.width, lq.height, 1, number),
            test::coded_image(lq.width, lq.height, scale, number)};
  }

 private:
  std::deque<std::vector<std::shared_ptr<const PairImage>>> frames_;
  std::vector<BatchItem> items_;
};

}  // namespace

TEST_CASE("LQ and GT stay aligned through crop and flips and transpose and padding", "[data]") {
  constexpr int kSize = 12;
  for (const int scale : {1, 2, 3, 4}) {
    for (unsigned how = 0; how < 8; ++how) {
      for (const cv::Size lq :
           {cv::Size(20, 15), cv::Size(12, 12), cv::Size(5, 30), cv::Size(3, 2), cv::Size(1, 1)}) {
        SampleDescriptor sample;
        sample.image = how;
        sample.u = 0.77;
        sample.v = 0.99999;
        sample.augmentation = {(how & 1) != 0, (how & 2) != 0, (how & 4) != 0};
        Items items;
        items.add_coded(sample, lq, scale);
        std::vector<std::uint8_t> small(kSize * kSize * 3);
        std::vector<std::uint8_t> large(small.size() * static_cast<std::size_t>(scale * scale));
        assemble(items, {kSize, scale}, small, large);
        INFO("scale " << scale << " orientation " << how << " LQ " << lq.width << "x" << lq.height);
        CHECK(test::wrong_pixels(small.data(), sample, lq, kSize, 1) == 0);
        CHECK(test::wrong_pixels(large.data(), sample, lq, kSize, scale) == 0);
      }
    }
  }
}

TEST_CASE("several threads cut a batch as one does", "[data]") {
  constexpr int kSize = 64;
  constexpr int kScale = 4;
  Items items;
  for (unsigned i = 0; i < 12; ++i) {
    SampleDescriptor sample;
    sample.image = i;
    sample.u = 0.09 * i;
    sample.augmentation = {(i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
    items.add_coded(sample, cv::Size(70, 66), kScale);
  }
  std::vector<std::uint8_t> small(12 * kSize * kSize * 3);
  std::vector<std::uint8_t> large(small.size() * kScale * kScale);
  assemble(items, {kSize, kScale}, small, large);
  std::vector<std::uint8_t> small_by_many(small.size());
  std::vector<std::uint8_t> large_by_many(large.size());
  assemble(items, {kSize, kScale}, small_by_many, large_by_many, 4);
  CHECK(small_by_many == small);
  CHECK(large_by_many == large);
}

TEST_CASE("sharpened GT lies beside GT in the same pixels", "[data]") {
  constexpr int kSize = 20;
  constexpr int kScale = 2;
  constexpr int kSide = kSize * kScale;
  SampleDescriptor sample;
  sample.u = 0.4;
  sample.augmentation = {true, false, true};
  Items items;
  items.add(sample, {{test::pattern(30, 26), test::pattern(60, 52)}})
      .add(sample, {{test::pattern(20, 20), test::pattern(40, 40)}});
  std::vector<std::uint8_t> lq(2 * kSize * kSize * 3);
  std::vector<std::uint8_t> plain(2 * kSide * kSide * 3);
  assemble(items, {kSize, kScale}, lq, plain);
  const std::vector<std::uint8_t> lq_alone = lq;
  std::vector<std::uint8_t> both(2 * plain.size());
  assemble(items, {.lq_size = kSize, .scale = kScale, .sharpened_gt = true}, lq, both);
  CHECK(lq == lq_alone);
  for (int image = 0; image < 2; ++image) {
    const std::size_t pixels = std::size_t{kSide} * kSide;
    const cv::Mat gt(kSide, kSide, CV_8UC3, plain.data() + image * pixels * 3);
    cv::Mat sharp;
    gt.convertTo(sharp, CV_32F, 1.0 / 255);
    sharpened(sharp, kGtSharpenRadius).convertTo(sharp, CV_8U, 255);
    int wrong = 0;
    for (std::size_t i = 0; i < pixels; ++i) {
      for (std::size_t c = 0; c < 3; ++c) {
        const std::uint8_t* pixel = both.data() + (image * pixels + i) * 6;
        wrong += pixel[c] != gt.data[i * 3 + c] || pixel[3 + c] != sharp.data[i * 3 + c];
      }
    }
    CHECK(wrong == 0);
    CHECK(cv::norm(gt, sharp, cv::NORM_INF) > 0);
  }
}

TEST_CASE("crop centres reach both ends of an image", "[data]") {
  for (const double u : {0.0, 0.9999999999}) {
    SampleDescriptor sample;
    sample.u = u;
    std::vector<std::uint8_t> small(4 * 4 * 3);
    std::vector<std::uint8_t> large(8 * 8 * 3);
    assemble(Items().add_coded(sample, {10, 4}, 2), {4, 2}, small, large);
    CHECK(small[0] == (u == 0.0 ? 0 : 6));
  }
}

TEST_CASE("items of a batch lie one after the other", "[data]") {
  Items items;
  for (std::uint64_t i = 0; i < 5; ++i) {
    SampleDescriptor sample;
    sample.image = i;
    items.add_coded(sample, {4, 4}, 2);
  }
  std::vector<std::uint8_t> small(5 * 4 * 4 * 3);
  std::vector<std::uint8_t> large(small.size() * 4);
  assemble(items, {4, 2}, small, large);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(small[i * 48 + 2] == 16 * i);
    CHECK(large[i * 192 + 2] == 16 * i);
  }
}

TEST_CASE("one deep image makes the whole batch float", "[data]") {
  Items bytes;
  bytes.add_flat(CV_8U, 255).add_flat(CV_8U, 51);
  CHECK_FALSE(needs_float(bytes));
  Items mixed;
  mixed.add_flat(CV_8U, 51).add_flat(CV_16U, 13107).add_flat(CV_32F, 0.25);
  REQUIRE(needs_float(mixed));
  std::vector<float> small(3 * 4 * 4 * 3);
  std::vector<float> large(3 * 8 * 8 * 3);
  assemble(mixed, {4, 2}, small, large);
  CHECK(small[0] == Approx(0.2));
  CHECK(large[192] == Approx(0.2));
  CHECK(small[2 * 48] == 0.25F);
}

TEST_CASE("a clip's frames are stacked in the channels of LQ and GT is the middle one", "[data]") {
  constexpr int kSize = 12;
  for (unsigned how = 0; how < 8; ++how) {
    SampleDescriptor sample;
    sample.u = 0.4;
    sample.v = 0.8;
    sample.augmentation = {(how & 1) != 0, (how & 2) != 0, (how & 4) != 0};
    const cv::Size lq(20, 10);  // padded downwards
    Items items;
    items.add(sample, {Items::coded(3, lq, 2), Items::coded(4, lq, 2), Items::coded(5, lq, 2)});
    std::vector<std::uint8_t> small(kSize * kSize * 9);
    std::vector<std::uint8_t> large(4 * kSize * kSize * 3);
    assemble(items, {kSize, 2, 3}, small, large);
    for (std::size_t frame = 0; frame < 3; ++frame) {
      std::vector<std::uint8_t> alone;
      for (std::size_t pixel = 0; pixel < kSize * kSize; ++pixel) {
        for (std::size_t channel = 0; channel < 3; ++channel) {
          alone.push_back(small[pixel * 9 + frame * 3 + channel]);
        }
      }
      sample.image = 3 + frame;
      CHECK(test::wrong_pixels(alone.data(), sample, lq, kSize, 1) == 0);
    }
    sample.image = 4;
    CHECK(test::wrong_pixels(large.data(), sample, lq, kSize, 2) == 0);
    CHECK_THROWS_AS(assemble(items, {kSize, 2, 1}, small, large), std::invalid_argument);
  }
}

TEST_CASE("buffers that do not have the size of the batch are refused", "[data]") {
  Items items;
  items.add_flat(CV_8U, 1);
  std::vector<std::uint8_t> small(48);
  std::vector<std::uint8_t> large(191);
  CHECK_THROWS_AS(assemble(items, {4, 2}, small, large), std::invalid_argument);
}

}  // namespace sr
