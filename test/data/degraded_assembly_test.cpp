#include "data/degraded_assembly.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

#include "core/random.h"
#include "data/reference_patch.h"
#include "degrade/sharpen.h"
#include "support/catch.h"
#include "support/pattern.h"

namespace sr {
namespace {

constexpr int kScale = 4;

/// No blur, noise, JPEG or resize but the one to LQ's size, by areas.
DegradationConfig only_resize() {
  DegradationConfig config;
  for (DegradationStage* stage : {&config.first, &config.second}) {
    stage->blur_prob = stage->jpeg_prob = stage->gaussian_noise_prob = 0;
    stage->poisson_scale_range = {0, 0};
    stage->resize_prob = {0, 0, 1};
    stage->resize_mode_list = {ResizeMode::kArea};
    stage->resize_mode_prob = {1};
  }
  config.final_sinc_prob = 0;
  return config;
}

struct Sample {
  SampleDescriptor descriptor;
  std::vector<std::shared_ptr<const PairImage>> frames;
  operator BatchItem() const { return {descriptor, frames}; }
};

/// Smooth waves, so that means of areas do not depend on rounding.
cv::Mat waves(cv::Size size) {
  cv::Mat image(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      image.at<cv::Vec3b>(y, x) = cv::Vec3d(128 + 100 * std::sin(0.05 * x),
                                            128 + 100 * std::sin(0.07 * y), 40 + 0.3 * (x + y));
    }
  }
  return image;
}

Sample sample_of(std::uint64_t number, const cv::Mat& gt, unsigned how = 0) {
  SampleDescriptor descriptor;
  descriptor.u = unit(hash(1, number, Stream::kCropX));
  descriptor.v = unit(hash(1, number, Stream::kCropY));
  descriptor.augmentation = {(how & 1) != 0, (how & 2) != 0, (how & 4) != 0};
  descriptor.degradation_key = hash(1, number, Stream::kDegradation);
  return {descriptor, {std::make_shared<const PairImage>(PairImage{{}, gt})}};
}

/// LQ and GT of a batch as images below each other.
template <typename Value>
struct Made {
  cv::Mat lq, gt;

  Made(const std::vector<Sample>& samples, const DegradationConfig& config, int lq_size,
       int threads = 1) {
    const std::vector<BatchItem> items(samples.begin(), samples.end());
    const int count = static_cast<int>(items.size());
    const int type = CV_MAKETYPE(cv::DataType<Value>::depth, 3);
    lq.create(lq_size * count, lq_size, type);
    gt.create(lq_size * kScale * count, lq_size * kScale, type);
    const auto values = [](cv::Mat& image) {
      return std::span(image.ptr<Value>(), image.total() * 3);
    };
    assemble_degraded(items, {{lq_size, kScale}, config, threads}, values(lq), values(gt));
  }
};
using Bytes = Made<std::uint8_t>;

double difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF);
}

}  // namespace

TEST_CASE("GT of a degraded sample is the plain crop", "[data]") {
  for (const int lq_size : {6, 16}) {
    for (unsigned how = 0; how < 8; ++how) {
      for (const cv::Size lq :
           {cv::Size(20, 15), cv::Size(16, 16), cv::Size(5, 30), cv::Size(1, 1)}) {
        CAPTURE(lq_size, how, lq.width, lq.height);
        Sample sample = sample_of(how, test::coded_image(lq.width, lq.height, kScale, 3), how);
        sample.descriptor.image = 3;
        const Bytes made({sample}, {}, lq_size);
        CHECK(test::wrong_pixels(made.gt.data, sample.descriptor, lq, lq_size, kScale) == 0);
      }
    }
  }
}

TEST_CASE("LQ shows what GT shows whatever the flips", "[data]") {
  const cv::Mat gt = waves({240, 200});
  for (unsigned how = 0; how < 8; ++how) {
    for (std::uint64_t number = 0; number < 5; ++number) {
      CAPTURE(how, number);
      const Bytes made({sample_of(number, gt, how)}, only_resize(), 24);
      cv::Mat small;
      cv::resize(made.gt, small, made.lq.size(), 0, 0, cv::INTER_AREA);
      CHECK(difference(small, made.lq) <= 1);
    }
  }
}

TEST_CASE("a sample does not depend on threads or on its place in the batch", "[data]") {
  const cv::Mat gt = waves({200, 180});
  std::vector<Sample> samples;
  for (std::uint64_t number = 0; number < 6; ++number) {
    samples.push_back(sample_of(number, gt, static_cast<unsigned>(number)));
  }
  const Bytes together(samples, {}, 16, 1);
  const Bytes parallel(samples, {}, 16, 4);
  CHECK(difference(together.lq, parallel.lq) == 0);
  CHECK(difference(together.gt, parallel.gt) == 0);
  for (int i = 0; i < 6; ++i) {
    const Bytes alone({samples[static_cast<std::size_t>(i)]}, {}, 16);
    CHECK(difference(alone.lq, together.lq.rowRange(i * 16, (i + 1) * 16)) == 0);
  }
}

TEST_CASE("LQ sees its crop and a margin of at least 4 and at most 11 pixels", "[data]") {
  constexpr int kSize = 16;
  cv::Mat gt = waves({400, 400});
  Sample sample = sample_of(0, gt);
  sample.descriptor.u = sample.descriptor.v = 0.5;
  const cv::Point origin = crop_origin(sample.descriptor, gt.size() / kScale, kSize);
  const auto repainted = [&](int distance) {
    // Everything that lies farther than so many LQ pixels from the crop.
    const cv::Rect kept((origin.x - distance) * kScale, (origin.y - distance) * kScale,
                        (kSize + 2 * distance) * kScale, (kSize + 2 * distance) * kScale);
    const cv::Mat painted(gt.size(), gt.type(), cv::Scalar(0, 255, 0));
    gt(kept).copyTo(painted(kept));
    Sample other = sample;
    other.frames = {std::make_shared<const PairImage>(PairImage{{}, painted})};
    return other;
  };
  int seen = 0;
  for (std::uint64_t key = 0; key < 20; ++key) {
    const auto lq_of = [&](Sample shown) {
      shown.descriptor.degradation_key = hash(9, key, Stream::kDegradation);
      return Bytes({shown}, {}, kSize).lq;
    };
    CHECK(difference(lq_of(sample), lq_of(repainted(11))) == 0);
    seen += difference(lq_of(sample), lq_of(repainted(3))) > 0 ? 1 : 0;
  }
  CHECK(seen == 20);
}

TEST_CASE("the frames of a clip are degraded alike but for their noise", "[data]") {
  constexpr int kSize = 16;
  constexpr int kFrames = 3;
  const auto lq_of = [&](const Sample& clip, const DegradationConfig& config) {
    std::vector<std::uint8_t> lq(kSize * kSize * 3 * kFrames);
    std::vector<std::uint8_t> gt(kSize * kSize * 3 * kScale * kScale);
    const std::vector<BatchItem> items{clip};
    assemble_degraded(items, {{kSize, kScale, kFrames}, config, 1}, std::span(lq), std::span(gt));
    std::vector<cv::Mat> channels;
    cv::split(cv::Mat(kSize, kSize, CV_8UC(3 * kFrames), lq.data()), channels);
    std::vector<cv::Mat> frames(kFrames);
    for (std::size_t i = 0; i < kFrames; ++i) {
      cv::merge(channels.data() + 3 * i, 3, frames[i]);
    }
    frames.push_back(cv::Mat(kSize * kScale, kSize * kScale, CV_8UC3, gt.data()).clone());
    return frames;
  };
  Sample clip = sample_of(3, waves({200, 180}), 5);
  clip.frames.assign(kFrames, clip.frames.front());
  DegradationConfig quiet;
  quiet.first.gaussian_noise_prob = quiet.second.gaussian_noise_prob = 0;
  quiet.first.poisson_scale_range = quiet.second.poisson_scale_range = {0, 0};
  const std::vector<cv::Mat> still = lq_of(clip, quiet);
  CHECK(difference(still[0], still[1]) == 0);
  CHECK(difference(still[0], still[2]) == 0);
  const std::vector<cv::Mat> noisy = lq_of(clip, {});
  CHECK(difference(noisy[0], noisy[1]) > 0);
  CHECK(difference(noisy[1], noisy[2]) > 0);
  // The first is what the image alone gives.
  const Bytes alone({sample_of(3, waves({200, 180}), 5)}, {}, kSize);
  CHECK(difference(noisy[0], alone.lq) == 0);
  // GT is the middle frame.
  clip.frames[1] = std::make_shared<const PairImage>(PairImage{{}, test::pattern(200, 180)});
  const Bytes middle({sample_of(3, test::pattern(200, 180), 5)}, {}, kSize);
  CHECK(difference(lq_of(clip, quiet).back(), middle.gt) == 0);
}

TEST_CASE("every sample is degraded in its own way", "[data]") {
  const cv::Mat gt = waves({200, 180});
  Sample other = sample_of(1, gt);
  const Sample one = other;
  other.descriptor.degradation_key += 1;
  CHECK(difference(Bytes({one}, {}, 16).lq, Bytes({other}, {}, 16).lq) > 2);
}

TEST_CASE("gt_usm sharpens GT and what LQ is made from and lq_usm only the latter", "[data]") {
  const cv::Mat gt = test::pattern(120, 120);
  const Sample sample = sample_of(4, gt);
  DegradationConfig sharp_gt = only_resize();
  sharp_gt.gt_usm = true;
  DegradationConfig sharp_lq = only_resize();
  sharp_lq.lq_usm = true;
  sharp_lq.lq_usm_radius_range = {kGtSharpenRadius, kGtSharpenRadius};
  const Bytes plain({sample}, only_resize(), 12);
  const Bytes both({sample}, sharp_gt, 12);
  const Bytes lq_only({sample}, sharp_lq, 12);
  CHECK(difference(plain.gt, lq_only.gt) == 0);
  CHECK(difference(plain.gt, both.gt) > 5);
  CHECK(difference(plain.lq, both.lq) > 0);
  CHECK(difference(both.lq, lq_only.lq) == 0);
}

TEST_CASE("a batch of floats holds GT in full and LQ in 8 bits", "[data]") {
  cv::Mat deep;
  waves({160, 160}).convertTo(deep, CV_16U, 257, 100);
  const Sample fine = sample_of(2, deep);
  const Sample coarse = sample_of(2, waves({160, 160}));
  const Made<float> made({fine, coarse}, {}, 16);
  const Bytes bytes({coarse}, {}, 16);
  cv::Mat expected;
  bytes.lq.convertTo(expected, CV_32F, 1.0 / 255);
  CHECK(difference(made.lq.rowRange(16, 32), expected) < 1e-6);
  bytes.gt.convertTo(expected, CV_32F, 1.0 / 255);
  CHECK(difference(made.gt.rowRange(64, 128), expected) < 1e-6);
  CHECK(difference(made.gt.rowRange(0, 64), expected) == Approx(100 / 65535.0).margin(1e-5));
  const cv::Mat levels = made.lq * 255;
  levels.convertTo(expected, CV_8U);
  expected.convertTo(expected, CV_32F);
  CHECK(difference(levels, expected) < 1e-4);
}

TEST_CASE("any scale and any small image gives finite patches", "[data]") {
  for (const int scale : {1, 2, 3, 8}) {
    for (const cv::Size lq : {cv::Size(1, 1), cv::Size(3, 20), cv::Size(16, 8)}) {
      const Sample sample = sample_of(6, waves(lq * scale), 5);
      const BatchItem item = sample;
      std::vector<float> small(3 * 9 * 9, -1),
          large(small.size() * static_cast<std::size_t>(scale * scale), -1);
      assemble_degraded(std::span(&item, 1), {{9, scale}, {}, 1}, std::span(small),
                        std::span(large));
      const auto legal = [](float value) { return value >= 0 && value <= 1; };
      CHECK(std::all_of(small.begin(), small.end(), legal));
      CHECK(std::all_of(large.begin(), large.end(), legal));
    }
  }
}

TEST_CASE("buffers of another size and clips are refused", "[data]") {
  Sample sample = sample_of(0, waves({64, 64}));
  std::vector<std::uint8_t> small(3 * 8 * 8), large(3 * 32 * 32 - 1);
  const auto assemble_into = [&](std::span<std::uint8_t> gt) {
    const BatchItem item = sample;
    assemble_degraded(std::span(&item, 1), {{8, kScale}, {}, 1}, std::span(small), gt);
  };
  CHECK_THROWS_AS(assemble_into(large), std::invalid_argument);
  large.resize(3 * 32 * 32);
  CHECK_NOTHROW(assemble_into(large));
  sample.frames.push_back(sample.frames[0]);
  CHECK_THROWS_AS(assemble_into(large), std::invalid_argument);
}

TEST_CASE("sharpened GT beside GT is what gt_usm gives and LQ is made of it", "[data]") {
  constexpr int kLq = 16;
  constexpr std::size_t kPixels = std::size_t{kLq} * kScale * kLq * kScale;
  const Sample sample = sample_of(3, test::pattern(120, 100), 5);
  const BatchItem item = sample;
  DegradationConfig config;
  const Bytes plain({sample}, config, kLq);
  config.gt_usm = true;
  const Bytes sharp({sample}, config, kLq);
  config.gt_usm = false;
  config.lq_usm = true;
  config.lq_usm_radius_range = {kGtSharpenRadius, kGtSharpenRadius};
  std::vector<std::uint8_t> lq(std::size_t{3} * kLq * kLq);
  std::vector<std::uint8_t> both(6 * kPixels);
  const PatchSize size{.lq_size = kLq, .scale = kScale, .sharpened_gt = true};
  assemble_degraded(std::span(&item, 1), {size, config, 1}, lq, both);
  int wrong = 0;
  for (std::size_t i = 0; i < kPixels; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      wrong += both[6 * i + c] != plain.gt.data[3 * i + c] ||
               both[6 * i + 3 + c] != sharp.gt.data[3 * i + c];
    }
  }
  CHECK(wrong == 0);
  CHECK(std::equal(lq.begin(), lq.end(), sharp.lq.data));
}

}  // namespace sr
