#include <filesystem>
#include <set>

#include "image/image.h"
#include "image/resize.h"
#include "scenes.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::same;

namespace {

const std::filesystem::path kFolder = SR_SOURCE_DIR "/data/tiny";

std::filesystem::path file_of(const sr::tiny::Scene& scene, const std::string& kind) {
  return kFolder / scene.set / kind / (scene.name + ".png");
}

}  // namespace

TEST_CASE("the committed tiny images are what the program draws", "[image]") {
  for (const sr::tiny::Scene& scene : sr::tiny::scenes()) {
    INFO(scene.set << "/" << scene.name);
    CHECK(same(sr::decode_image(file_of(scene, "hr")), sr::tiny::draw(scene)));
  }
}

TEST_CASE("the committed tiny LR images are the HR ones resized", "[image]") {
  for (const sr::tiny::Scene& scene : sr::tiny::scenes()) {
    INFO(scene.set << "/" << scene.name);
    const cv::Mat hr = sr::decode_image(file_of(scene, "hr"));
    CHECK(same(sr::decode_image(file_of(scene, "lr_x2")),
               sr::resize_bicubic_to(hr, hr.cols / 2, hr.rows / 2)));
    CHECK(same(sr::decode_image(file_of(scene, "lr_x4")),
               sr::resize_bicubic_to(hr, hr.cols / 4, hr.rows / 4)));
  }
}

TEST_CASE("the tiny set holds its scenes and nothing else and stays below two megabytes",
          "[image]") {
  std::set<std::filesystem::path> expected;
  for (const sr::tiny::Scene& scene : sr::tiny::scenes()) {
    CHECK(scene.width % 12 == 0);
    CHECK(scene.height % 12 == 0);
    for (const char* kind : {"hr", "lr_x2", "lr_x4"}) {
      expected.insert(file_of(scene, kind));
    }
  }
  std::set<std::filesystem::path> found;
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    if (entry.is_regular_file()) {
      found.insert(entry.path());
      bytes += entry.file_size();
    }
  }
  CHECK(found == expected);
  CHECK(bytes < 2'000'000);
}
