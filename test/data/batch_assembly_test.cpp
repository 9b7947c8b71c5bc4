#include "data/batch_assembly.h"

#include <stdexcept>
#include <vector>

#include "data/reference_patch.h"
#include "support/catch.h"

namespace sr {
namespace {

BatchItem coded_item(cv::Size lq, int scale, const SampleDescriptor& descriptor) {
  const int number = static_cast<int>(descriptor.image);
  return {descriptor, std::make_shared<const PairImage>(
                          PairImage{test::coded_image(lq.width, lq.height, 1, number),
                                    test::coded_image(lq.width, lq.height, scale, number)})};
}

BatchItem deep_item(int depth, double value) {
  return {{},
          std::make_shared<const PairImage>(
              PairImage{cv::Mat(4, 4, CV_MAKETYPE(depth, 3), cv::Scalar::all(value)),
                        cv::Mat(8, 8, CV_MAKETYPE(depth, 3), cv::Scalar::all(value))})};
}

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
        const std::vector<BatchItem> items{coded_item(lq, scale, sample)};
        std::vector<std::uint8_t> small(kSize * kSize * 3);
        std::vector<std::uint8_t> large(small.size() * static_cast<std::size_t>(scale * scale));
        assemble(items, kSize, scale, small, large);
        INFO("scale " << scale << " orientation " << how << " LQ " << lq.width << "x" << lq.height);
        CHECK(test::wrong_pixels(small.data(), sample, lq, kSize, 1) == 0);
        CHECK(test::wrong_pixels(large.data(), sample, lq, kSize, scale) == 0);
      }
    }
  }
}

TEST_CASE("crop centres reach both ends of an image", "[data]") {
  for (const double u : {0.0, 0.9999999999}) {
    SampleDescriptor sample;
    sample.u = u;
    std::vector<std::uint8_t> small(4 * 4 * 3);
    std::vector<std::uint8_t> large(8 * 8 * 3);
    assemble(std::vector<BatchItem>{coded_item({10, 4}, 2, sample)}, 4, 2, small, large);
    CHECK(small[0] == (u == 0.0 ? 0 : 6));
  }
}

TEST_CASE("items of a batch lie one after the other", "[data]") {
  std::vector<BatchItem> items;
  for (std::uint64_t i = 0; i < 5; ++i) {
    SampleDescriptor sample;
    sample.image = i;
    items.push_back(coded_item({4, 4}, 2, sample));
  }
  std::vector<std::uint8_t> small(5 * 4 * 4 * 3);
  std::vector<std::uint8_t> large(small.size() * 4);
  assemble(items, 4, 2, small, large);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(small[i * 48 + 2] == 16 * i);
    CHECK(large[i * 192 + 2] == 16 * i);
  }
}

TEST_CASE("one deep image makes the whole batch float", "[data]") {
  const std::vector<BatchItem> bytes{deep_item(CV_8U, 255), deep_item(CV_8U, 51)};
  CHECK_FALSE(needs_float(bytes));
  const std::vector<BatchItem> mixed{deep_item(CV_8U, 51), deep_item(CV_16U, 13107),
                                     deep_item(CV_32F, 0.25)};
  REQUIRE(needs_float(mixed));
  std::vector<float> small(3 * 4 * 4 * 3);
  std::vector<float> large(3 * 8 * 8 * 3);
  assemble(mixed, 4, 2, small, large);
  CHECK(small[0] == Approx(0.2));
  CHECK(large[192] == Approx(0.2));
  CHECK(small[2 * 48] == 0.25F);
}

TEST_CASE("buffers that do not have the size of the batch are refused", "[data]") {
  const std::vector<BatchItem> items{deep_item(CV_8U, 1)};
  std::vector<std::uint8_t> small(48);
  std::vector<std::uint8_t> large(191);
  CHECK_THROWS_AS(assemble(items, 4, 2, small, large), std::invalid_argument);
}

}  // namespace sr
