#include "report/run_pictures.h"

#include <opencv2/core.hpp>

#include "image/image.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using nlohmann::ordered_json;
using sr::test::TempFolder;

namespace {

cv::Mat flat(int side, int level) {
  return {side, side, CV_8UC3, cv::Scalar::all(level)};
}

void save(const TempFolder& folder, const std::string& name, const cv::Mat& picture) {
  std::filesystem::create_directories((folder / name).parent_path());
  sr::write_png(folder / name, picture);
}

}  // namespace

TEST_CASE("the page shows the images that changed most, first and last step among them",
          "[report]") {
  const TempFolder folder;
  for (int image = 0; image < 8; ++image) {
    for (int step = 10; step <= 100; step += 10) {
      const std::string name = "visualization/set/a_" + std::to_string(image) + "_";
      save(folder, name + std::to_string(step) + ".png", flat(8, step == 100 ? 9 * image : 0));
    }
  }
  folder.write("visualization/set/notes.txt", "no picture");
  folder.write("visualization/set/gt.png", "no step");
  folder.write("visualization/set/broken_10.png", "no pixels");
  const ordered_json pictures = sr::run_pictures(folder.path());
  REQUIRE(pictures.size() == 6);
  CHECK(pictures[0]["image"] == "a_7");
  CHECK(pictures[5]["image"] == "a_2");
  CHECK(pictures[0]["set"] == "set");
  const ordered_json& outputs = pictures[0]["outputs"];
  REQUIRE(outputs.size() == 6);
  CHECK(outputs[0]["step"] == 10);
  CHECK(outputs[5]["step"] == 100);
  CHECK(outputs[5]["src"].get<std::string>().starts_with("data:image/png;base64,iVBOR"));
  CHECK_FALSE(pictures[0].contains("gt"));
}

TEST_CASE("a picture is the cut where its steps differ, beside LR and GT", "[report]") {
  const TempFolder folder;
  cv::Mat last = flat(1000, 10);
  last(cv::Rect(700, 80, 20, 20)) = cv::Scalar::all(200);
  save(folder, "visualization/set/in/a_1.png", flat(1000, 10));
  save(folder, "visualization/set/in/a_2.png", last);
  save(folder, "report/set/in/a_lr.png", flat(1000, 11));
  save(folder, "report/set/in/a_gt.png", flat(100, 12));  // of another size: of no use
  const ordered_json pictures = sr::run_pictures(folder.path());
  REQUIRE(pictures.size() == 1);
  const int x = pictures[0]["cut"][0];
  const int y = pictures[0]["cut"][1];
  CHECK((x <= 700 && x + sr::kPictureSide >= 720));
  CHECK((y <= 80 && y + sr::kPictureSide >= 100));
  CHECK(pictures[0].contains("lr"));
  CHECK_FALSE(pictures[0].contains("gt"));
}
