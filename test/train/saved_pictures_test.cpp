#include "train/saved_pictures.h"

#include <string>

#include <opencv2/core.hpp>

#include "image/image.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/temp_folder.h"

using sr::ExperimentLayout;
using sr::SavedPictures;
using sr::test::pattern;
using sr::test::TempFolder;

TEST_CASE("pictures are saved under their names and the first few are told", "[train]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  SavedPictures pictures(layout, "val", 20);
  for (const char* name : {"a", "b/c", "d", "e", "f"}) {
    pictures.save(name, pattern(6, 5));
  }
  CHECK_FALSE(pictures.warning());
  REQUIRE(pictures.first_saved().size() == 4);
  CHECK(pictures.first_saved()[1].first == "b/c");
  CHECK(pictures.first_saved()[1].second == layout.visualization_path("val", "b/c", 20));
  CHECK(sr::test::same(sr::decode_image(layout.visualization_path("val", "f", 20)), pattern(6, 5)));
}

TEST_CASE("names of any length and of any bytes are saved and stay different", "[train]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  SavedPictures pictures(layout, "val", 1'000'000);
  for (const std::string& name : {std::string(251, 'n'), std::string(250, 'n') + "m",
                                  std::string(240, 'n'), std::string("caf\xe9")}) {
    pictures.save(name, pattern(6, 5));
  }
  CHECK_FALSE(pictures.warning());
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "visualization/val"), {}) == 4);
}

TEST_CASE("pictures that cannot be saved are one warning with the first file", "[train]") {
  const TempFolder folder;
  folder.write("visualization", "a file where the folder should be");
  const ExperimentLayout layout(folder.path());
  SavedPictures pictures(layout, "val", 20);
  pictures.save("a", pattern(6, 5));
  CHECK_THAT(pictures.warning()->message,
             Catch::StartsWith("1 validation picture could not be saved, cannot create folder"));
  pictures.save("b", pattern(6, 5));
  pictures.save("c", cv::Mat());  // nothing that a picture is ends the run
  CHECK_THAT(pictures.warning()->message, Catch::StartsWith("3 validation pictures could not be "
                                                            "saved, the first: cannot create"));
  CHECK(pictures.warning()->file == layout.visualization_path("val", "a", 20));
  CHECK(pictures.first_saved().empty());
}

TEST_CASE("LR and GT are kept once a run, in 8 bits and of one size", "[train]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  const cv::Mat clip(3, 4, CV_MAKETYPE(CV_16U, 9), cv::Scalar::all(0));
  const cv::Mat gt(6, 8, CV_16UC3, cv::Scalar::all(257 * 7));
  SavedPictures(layout, "val", 20).keep_references("b/c", clip, gt);
  CHECK(sr::decode_image(folder / "report/val/b/c_lr.png").size() == gt.size());
  const cv::Mat kept = sr::decode_image(folder / "report/val/b/c_gt.png");
  CHECK(sr::test::same(kept, cv::Mat(6, 8, CV_8UC3, cv::Scalar::all(7))));
  SavedPictures(layout, "val", 40).keep_references("b/c", clip, gt + 257);
  CHECK(sr::test::same(sr::decode_image(folder / "report/val/b/c_gt.png"), kept));
}
