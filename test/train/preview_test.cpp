#include "train/preview.h"

#include <torch/torch.h>

#include <set>
#include <string>

#include "data/test_images.h"
#include "support/catch.h"
#include "support/losses.h"

namespace {

using namespace sr;
using test::TempFolder;

constexpr int kScale = 2;
constexpr int kLq = 8;
constexpr int kGt = kLq * kScale;

Config config_of(const DatasetConfig& set) {
  Config config;
  config.name = "run";
  config.scale = kScale;
  config.manual_seed = 5;
  config.train_set = set;
  config.train_set.lq_size = kLq;
  config.train_set.batch_size_per_gpu = 4;
  config.train.losses = {test::loss_named("l1loss")};
  return config;
}

Preview preview_of(const Config& config, std::size_t count = 6) {
  return make_preview(config, list_pairs(config.train_set, kScale), count);
}

/// image10, image11 ... have the numbers 0, 1 ...
int number_of(const nlohmann::ordered_json& sample) {
  return std::stoi(sample.at("image").get<std::string>().substr(5)) - 10;
}

cv::Vec3b pixel(const cv::Mat& picture, int x, int y) {
  return picture.at<cv::Vec3b>(y, x);
}

}  // namespace

TEST_CASE("a preview shows GT and LQ of the first samples from where it says", "[train]") {
  const TempFolder folder;
  Config config = config_of(test::CodedSet(folder, {{20, 16}, {24, 30}}, kScale).config);
  config.train_set.use_hflip = config.train_set.use_rot = false;
  const Preview preview = preview_of(config);
  REQUIRE(preview.pictures.size() == 6);
  REQUIRE(preview.draws.size() == 6);
  CHECK(preview.run.at("lq_size") == kLq);
  CHECK(preview.run.at("gt_size") == kGt);
  for (std::size_t i = 0; i < 6; ++i) {
    const cv::Mat& picture = preview.pictures[i];
    const auto& sample = preview.draws[i];
    REQUIRE(picture.size() == cv::Size(2 * kGt + 4, kGt));
    CHECK(sample.at("sample") == i);
    CHECK(sample.at("lq_from") == "file");
    CHECK_FALSE(sample.contains("mix"));
    const int left = sample.at("lq_crop").at("left"), top = sample.at("lq_crop").at("top");
    const int number = number_of(sample);
    for (const cv::Point at : {cv::Point(0, 0), cv::Point(kGt - 1, 3), cv::Point(5, kGt - 1)}) {
      CHECK(pixel(picture, at.x, at.y) ==
            test::coded_pixel(left * kScale + at.x, top * kScale + at.y, kScale, number));
      CHECK(pixel(picture, kGt + 4 + at.x, at.y) ==
            test::coded_pixel(left + at.x / kScale, top + at.y / kScale, 1, number));
    }
  }
}

TEST_CASE("flips in a preview are those that it tells", "[train]") {
  const TempFolder folder;
  const Config config = config_of(test::CodedSet(folder, {{20, 16}}, kScale).config);
  const Preview preview = preview_of(config, 16);
  std::set<std::string> kinds;
  for (std::size_t i = 0; i < preview.pictures.size(); ++i) {
    const auto& sample = preview.draws[i];
    int x = sample.at("flip_horizontal") ? kGt - 1 : 0;
    int y = sample.at("flip_vertical") ? kGt - 1 : 0;
    kinds.insert(sample.at("flip_horizontal").dump() + sample.at("flip_vertical").dump() +
                 sample.at("transpose").dump());
    const int left = sample.at("lq_crop").at("left"), top = sample.at("lq_crop").at("top");
    CHECK(pixel(preview.pictures[i], 0, 0) ==
          test::coded_pixel(left * kScale + x, top * kScale + y, kScale, 0));
  }
  CHECK(kinds.size() > 4);
}

TEST_CASE("a preview tells what degradation was drawn and which LQ is a file's", "[train]") {
  const TempFolder folder;
  Config config = config_of(test::CodedSet(folder, {{40, 36}, {44, 50}}, kScale).config);
  config.train_set.type = "realesrganpaireddataset";
  config.train_set.degradation.dataroot_lq_prob = 0.5;
  std::set<std::string> sources;
  for (const auto& sample : preview_of(config, 16).draws) {
    const std::string from = sample.at("lq_from");
    sources.insert(from);
    CHECK(sample.contains("degradation") == (from == "degradation"));
    if (from == "degradation") {
      const auto& first = sample.at("degradation").at("first");
      CHECK(first.at("jpeg_quality").get<int>() >= 30);
      CHECK((first.at("noise") == "gaussian" || first.at("noise") == "poisson"));
      CHECK(first.at("resize").get<double>() >= 0.15);
    }
  }
  CHECK(sources == std::set<std::string>{"degradation", "file"});
}

TEST_CASE("a preview shows mixed samples", "[train]") {
  const TempFolder folder;
  Config config = config_of(test::CodedSet(folder, {{20, 16}, {24, 30}}, kScale).config);
  const Preview plain = preview_of(config);
  config.train.batch_mix.use_moa = true;
  config.train.batch_mix.moa_augs = {BatchMix::kCutmix};
  config.train.batch_mix.moa_probs = {1};
  const Preview mixed = preview_of(config);
  for (std::size_t i = 0; i < 4; ++i) {  // those of the first batch
    const auto& mix = mixed.draws[i].at("mix");
    CHECK(mix.at("aug") == "cutmix");
    const std::size_t partner = mix.at("with_sample");
    REQUIRE(partner < 4);
    const auto& box = mix.at("lq_box");
    const cv::Rect inside(box.at("left").get<int>() * kScale, box.at("top").get<int>() * kScale,
                          box.at("width").get<int>() * kScale,
                          box.at("height").get<int>() * kScale);
    cv::Mat expected = plain.pictures[i].clone();
    for (const int shift : {0, kGt + 4}) {
      const cv::Rect place = inside + cv::Point(shift, 0);
      plain.pictures[partner](place).copyTo(expected(place));
    }
    CHECK(cv::norm(mixed.pictures[i], expected, cv::NORM_INF) == 0);
  }
}

TEST_CASE("a preview has sharpened GT between the two where a loss sees it", "[train]") {
  const TempFolder folder;
  Config config = config_of(test::CodedSet(folder, {{20, 16}}, kScale).config);
  config.train.losses.front().gt_usm = true;
  const Preview preview = preview_of(config, 2);
  CHECK(preview.pictures.front().cols == 3 * kGt + 8);
}
