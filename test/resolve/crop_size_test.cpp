#include "resolve/crop_size.h"

#include "resolve/examples.h"
#include "support/catch.h"

using sr::test::load_text;
using sr::test::problems_of;

namespace {

std::string text_with(const std::string& type, const std::string& in_train,
                      const std::string& at_top) {
  return "name: run\nscale: 4\n" + at_top + "datasets:\n  train:\n    type: " + type +
         "\n    dataroot_gt: hr\n    dataroot_lq: lr\n" + in_train +
         "network_g: {type: compact}\ntrain: {total_iter: 100}\n";
}

int lq_size(const std::string& in_train, const std::string& at_top) {
  return load_text(text_with("realesrgandataset", in_train, at_top)).config.train_set.lq_size;
}

}  // namespace

TEST_CASE("the crop of a degraded set may be given at the top level as Real-ESRGAN does",
          "[resolve]") {
  CHECK(lq_size("", "gt_size: 256\n") == 64);
  CHECK(lq_size("    gt_size: 256\n", "gt_size: 256\n") == 64);
  CHECK(lq_size("    lq_size: 64\n", "gt_size: 256\n") == 64);
  CHECK(lq_size("    gt_size: 128\n", "") == 32);
  CHECK(lq_size("", "") == 32);
}

TEST_CASE("two different sizes of the crop are a problem unless one was typed", "[resolve]") {
  const std::string text = text_with("realesrgandataset", "    gt_size: 128\n", "gt_size: 256\n");
  CHECK(problems_of(text).find("x.yml:3: gt_size: differs from the size in datasets.train (128), "
                               "got '256'") != std::string::npos);
  const std::string top = text_with("realesrgandataset", "", "gt_size: 256\n");
  CHECK(load_text(top, {"datasets.train.lq_size=24"}).config.train_set.lq_size == 24);
}

TEST_CASE("a crop beyond all sizes is a problem and is not computed with", "[resolve]") {
  const std::string text =
      text_with("realesrgandataset", "    lq_size: 9223372036854775807\n", "gt_size: 256\n");
  const std::string problems = problems_of(text);
  CHECK(problems.find("gt_size: differs from the size in datasets.train (0)") != std::string::npos);
  CHECK(problems.find("lq_size: expected integer 1 to 8192") != std::string::npos);
}

TEST_CASE("a crop that the scale does not divide is refused where it was given", "[resolve]") {
  const auto problem = [](const std::string& in_train, const std::string& at_top) {
    return problems_of(text_with("realesrgandataset", in_train, at_top));
  };
  CHECK(problem("", "gt_size: 250\n").find("x.yml:3: gt_size: expected a multiple of scale (4)") !=
        std::string::npos);
  CHECK(problem("    gt_size: 250\n", "").find("datasets.train.gt_size: expected a multiple") !=
        std::string::npos);
}

TEST_CASE("the top level's gt_size means nothing to other data sets", "[resolve]") {
  const sr::LoadedConfig loaded = load_text(text_with("pairedimagedataset", "", "gt_size: 256\n"));
  CHECK(loaded.config.train_set.lq_size == 32);
  CHECK(loaded.notices.at(0) == "gt_size: no effect here: datasets.train has the size of the crop");
}
