#include "upscale/picture_source.h"

#include <new>

#include <opencv2/core.hpp>

#include "image/image.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/temp_folder.h"
#include "support/video.h"

namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("what does not fit into memory on its way is a problem of its input", "[upscale]") {
  const sr::test::TempFolder folder;
  fs::create_directories(folder / "in");
  sr::write_png(folder / "in/a.png", sr::test::pattern(4, 3));
  sr::write_png(folder / "in/b.png", sr::test::pattern(9, 8));
  sr::test::write_video(folder / "in/c.mp4", 3);
  sr::write_png(folder / "in/d.png", sr::test::pattern(5, 8));
  const sr::UpscaleSettings settings{.input = folder / "in", .output = folder / "out"};
  const sr::UpscalePlan plan = sr::plan_upscale(settings);
  sr::Problems problems;
  sr::PictureSource source(settings, plan, {}, problems);
  std::vector<std::size_t> passed;
  std::vector<std::size_t> broken;
  source.run([&](const sr::PictureItem& item) {
    if (item.job == 0) {
      throw std::bad_alloc();
    }
    if (item.frame == 1) {
      throw cv::Exception(cv::Error::StsNoMem, "Failed to allocate", "", "", 0);
    }
    (item.kind == sr::PictureItem::Kind::kBrokenVideo ? broken : passed).push_back(item.job);
    return true;
  });
  const std::string reason = ": not enough memory for a picture of this size";
  CHECK(problems.take() == std::vector<std::string>{(folder / "in/a.png").string() + reason,
                                                    (folder / "in/c.mp4").string() + reason});
  CHECK(passed == std::vector<std::size_t>{1, 2, 3});
  CHECK(broken == std::vector<std::size_t>{2});
  CHECK(source.passed_over() == 2);
}
