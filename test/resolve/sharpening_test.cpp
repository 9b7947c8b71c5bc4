#include <algorithm>

#include "config/resolved_text.h"
#include "resolve/examples.h"
#include "support/catch.h"

using Catch::Matchers::Contains;
using sr::Config;
using sr::LossConfig;

namespace {

const std::string kLosses =
    "train:\n  total_iter: 100\n  losses:\n    - {type: l1loss}\n    - {type: perceptualloss}\n"
    "    - {type: ganloss}\n    - {type: ldlloss}\n";

std::string text_with(const std::string& top, const std::string& type) {
  return "name: run\nscale: 4\n" + top + "datasets:\n  train: {type: " + type +
         ", dataroot_gt: hr" + (type == "pairedimagedataset" ? ", dataroot_lq: lr" : "") +
         "}\nnetwork_g: {type: compact}\nnetwork_d: {type: unetdiscriminatorsn}\n" + kLosses;
}

std::string switches(const std::string& l1, const std::string& perceptual, const std::string& gan) {
  return "l1_gt_usm: " + l1 + "\npercep_gt_usm: " + perceptual + "\ngan_gt_usm: " + gan + "\n";
}

Config read(const std::string& top, const std::string& type = "realesrgandataset") {
  return sr::test::load_text(text_with(top, type)).config;
}

/// "1" for a loss that sees sharpened GT, in the order l1, perceptual, gan, ldl.
std::string sharpened(const Config& config) {
  std::string text;
  for (const LossConfig& loss : config.train.losses) {
    text += loss.gt_usm ? "1" : "0";
  }
  return text;
}

}  // namespace

TEST_CASE("Real-ESRGAN's switches sharpen GT for each loss", "[resolve]") {
  const std::string type = GENERATE("realesrgandataset", "pairedimagedataset");
  CHECK(sharpened(read(switches("True", "True", "False"), type)) == "1100");
  CHECK(sharpened(read(switches("False", "True", "False"), type)) == "0100");
  CHECK(sharpened(read(switches("False", "False", "True"), type)) == "0010");
  CHECK(sharpened(read(switches("False", "False", "False"), type)) == "0000");
  CHECK(sharpened(read("gan_gt_usm: False\n", type)) == "1100");  // Real-ESRGAN's code: else on
}

TEST_CASE("LDL looks at GT as it is", "[resolve]") {
  CHECK(sharpened(read(switches("True", "True", "True"))) == "1110");
}

TEST_CASE("LQ is made from sharpened GT whatever the losses see", "[resolve]") {
  for (const char* gan : {"True", "False"}) {
    const sr::DegradationConfig degradation =
        read(switches("True", "True", gan)).train_set.degradation;
    CHECK_FALSE(degradation.gt_usm);
    CHECK(degradation.lq_usm);
    CHECK(degradation.lq_usm_radius_range == sr::Interval{50, 50});
  }
  CHECK_FALSE(
      read(switches("True", "True", "False"), "pairedimagedataset").train_set.degradation.lq_usm);
}

TEST_CASE("losses that agree share one sharpened GT", "[resolve]") {
  const std::string text = text_with(switches("True", "True", "True"), "realesrgandataset");
  const Config config =
      sr::test::load_text(text, {"train.losses=[{type: l1loss}, {type: ganloss}]"}).config;
  CHECK(sharpened(config) == "00");
  CHECK(config.train_set.degradation.gt_usm);
  CHECK_FALSE(config.train_set.degradation.lq_usm);
}

TEST_CASE("a loss may ask for sharpened GT itself", "[resolve]") {
  const std::string losses = "train.losses=[{type: l1loss, gt_usm: true}, {type: ganloss}]";
  const Config config = sr::test::load_text(text_with("", "pairedimagedataset"), {losses}).config;
  CHECK(sharpened(config) == "10");
  CHECK(sr::test::load_text(sr::resolved_yaml(config)).config.train == config.train);
}

TEST_CASE("two words about sharpening are a problem", "[resolve]") {
  const auto problems = [](const std::string& top, const std::string& set = "") {
    return sr::test::problems_of(text_with(top, "realesrgandataset"),
                                 set.empty() ? std::vector<std::string>{} : std::vector{set});
  };
  const std::string loss = "train.losses=[{type: l1loss, gt_usm: true}, {type: ganloss}]";
  CHECK_THAT(problems("gt_usm: true\nl1_gt_usm: true\n"),
             Contains("x.yml:4: l1_gt_usm: given as well as gt_usm"));
  CHECK_THAT(problems("lq_usm: true\ngan_gt_usm: true\n"), Contains("given as well as lq_usm"));
  CHECK_THAT(problems("gan_gt_usm: true\n", loss), Contains("given as well as gt_usm of a loss"));
  CHECK_THAT(problems("gt_usm: true\n", loss), Contains("sharpens GT for every loss already"));
  CHECK_THAT(problems("gan_gt_usm: maybe\n"), Contains("expected true or false, got 'maybe'"));
}
