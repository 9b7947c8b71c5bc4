#include "prepare/picture_writer.h"

#include <fmt/format.h>

#include <opencv2/core.hpp>

#include "image/resize.h"
#include "prepare/trees.h"
#include "support/catch.h"

namespace sr {
namespace {

using test::pattern;
using test::same;
using test::TempFolder;

struct Made {
  Made(const TempFolder& folder, const Recipe& recipe, const cv::Mat& picture) {
    settings.output = folder.path();
    settings.recipe = recipe;
    source = {.path = "a.png", .stamp = {}, .width = picture.cols, .height = picture.rows};
    const Layout layout(recipe);
    PictureWriter writer(settings, layout);
    writer.write(picture, source, 0);
    counts = writer.counts();
  }
  cv::Mat read(const std::string& name) const { return decode_image(settings.output / name); }

  PrepareSettings settings;
  Source source;
  FileCounts counts;
};

}  // namespace

TEST_CASE("LR is the bicubic of the GT as written, to the bit", "[prepare]") {
  const TempFolder folder;
  const Made made(folder, {.scales = {2, 3}}, pattern(65, 50));
  const cv::Mat gt = made.read("hr/a.png");
  CHECK(same(gt, pattern(65, 50)(cv::Rect(0, 0, 60, 48))));
  CHECK(same(made.read("lr_x2/a.png"), resize_bicubic_to(gt, 30, 24)));
  CHECK(same(made.read("lr_x3/a.png"), resize_bicubic_to(gt, 20, 16)));
  CHECK(made.counts.written == 3);
  CHECK(made.counts.bytes == std::filesystem::file_size(folder / "hr/a.png") +
                                 std::filesystem::file_size(folder / "lr_x2/a.png") +
                                 std::filesystem::file_size(folder / "lr_x3/a.png"));
}

TEST_CASE("LR sub-images are cut out of the LR of the whole image where GT is cut", "[prepare]") {
  const TempFolder folder;
  const Made made(folder, {.crop = 24, .step = 12, .scales = {2, 4}}, pattern(62, 40));
  const cv::Mat whole = pattern(62, 40)(cv::Rect(0, 0, 60, 40));
  const cv::Mat half = resize_bicubic_to(whole, 30, 20);
  const cv::Mat quarter = resize_bicubic_to(whole, 15, 10);
  int index = 0;
  for (const int y : {0, 12, 16}) {
    for (const int x : {0, 12, 24, 36}) {
      const std::string name = fmt::format("/a_s{:03}.png", ++index);
      INFO(name);
      CHECK(same(made.read("hr" + name), whole(cv::Rect(x, y, 24, 24))));
      CHECK(same(made.read("lr_x2" + name), half(cv::Rect(x / 2, y / 2, 12, 12))));
      CHECK(same(made.read("lr_x4" + name), quarter(cv::Rect(x / 4, y / 4, 6, 6))));
    }
  }
  CHECK(made.counts.written == 36);
}

TEST_CASE("the filter is the one that was asked for", "[prepare]") {
  const TempFolder folder;
  const Made made(folder, {.scales = {2}, .filter = Filter::kLanczos3}, pattern(64, 48));
  CHECK(same(made.read("lr_x2/a.png"), resize_to(pattern(64, 48), 32, 24, Filter::kLanczos3)));
}

TEST_CASE("16 bits stay 16 bits and floats become them", "[prepare]") {
  cv::Mat deep;
  pattern(32, 24).convertTo(deep, CV_16U, 257.0, -3.0);
  const TempFolder folder;
  const Made integers(folder, {.scales = {2}}, deep);
  CHECK(same(integers.read("hr/a.png"), deep));
  CHECK(same(integers.read("lr_x2/a.png"), resize_bicubic_to(deep, 16, 12)));
  cv::Mat real;
  deep.convertTo(real, CV_32F, 1.0 / 65535.0);
  const TempFolder other;
  const Made floats(other, {.scales = {2}}, real);
  CHECK(same(floats.read("hr/a.png"), deep));
  CHECK(same(floats.read("lr_x2/a.png"), resize_bicubic_to(deep, 16, 12)));
}

TEST_CASE("only files that are missing are written", "[prepare]") {
  const TempFolder folder;
  const Made first(folder, {.scales = {2}}, pattern(32, 24));
  const Layout layout(first.settings.recipe);
  PictureWriter writer(first.settings, layout);
  CHECK(writer.keep(first.source, 0));
  CHECK(writer.counts().kept == 2);
  std::filesystem::remove(folder / "lr_x2/a.png");
  folder.write("hr/a.png", "not touched");
  CHECK_FALSE(writer.keep(first.source, 0));
  writer.write(pattern(32, 24), first.source, 0);
  CHECK(writer.counts().written == 1);
  CHECK(writer.counts().kept == 3);
  CHECK(test::read_text(folder / "hr/a.png") == "not touched");
  CHECK(same(first.read("lr_x2/a.png"), resize_bicubic_to(pattern(32, 24), 16, 12)));
}

}  // namespace sr
