#include "train/validation_set.h"

#include <utility>

#include "support/catch.h"

using sr::check_metrics;
using sr::MetricFindings;
using sr::ValConfig;
using sr::ValidationSet;

namespace {

ValidationSet set_of(std::initializer_list<std::pair<int, int>> lq_sides) {
  ValidationSet set;
  set.config.key = "val";
  set.config.name = "set5";
  for (const auto& [width, height] : lq_sides) {
    sr::ImagePair pair;
    pair.stem = std::to_string(set.pairs.size());
    pair.gt = "hr/" + pair.stem + ".png";
    pair.lq_width = width;
    pair.lq_height = height;
    set.pairs.push_back(pair);
  }
  return set;
}

ValConfig psnr_and_ssim(int crop_border) {
  ValConfig val;
  val.metrics = {{"psnr", "calculate_psnr", crop_border, true, true},
                 {"ssim", "calculate_ssim", crop_border, true, true}};
  return val;
}

}  // namespace

TEST_CASE("images that all metrics can measure give no findings", "[train]") {
  const MetricFindings findings = check_metrics(set_of({{8, 8}, {20, 9}}), psnr_and_ssim(2), 2);
  CHECK(findings.problems.empty());
  CHECK(findings.warnings.empty());
}

TEST_CASE("an image too small for a metric is named, with the metric", "[train]") {
  const MetricFindings findings = check_metrics(set_of({{8, 8}, {20, 7}}), psnr_and_ssim(2), 2);
  CHECK(findings.problems.empty());
  REQUIRE(findings.warnings.size() == 1);
  CHECK(findings.warnings[0] ==
        "datasets.val: 1 of 2 images cannot be measured by val.metrics.ssim and are left out of "
        "it: hr/1.png: 40x14 is less than the 15x15 that calculate_ssim needs with crop_border 2");
}

TEST_CASE("a metric that no image has is a problem", "[train]") {
  const MetricFindings findings = check_metrics(set_of({{8, 8}, {9, 9}}), psnr_and_ssim(9), 2);
  REQUIRE(findings.problems.size() == 2);  // GT of 16 and 18 pixels, of which 18 are cut off
  CHECK_THAT(findings.problems[0], Catch::Contains("2 of 2 images cannot be measured by "
                                                   "val.metrics.psnr: hr/0.png: 16x16"));
  CHECK_THAT(findings.problems[1], Catch::Contains("val.metrics.ssim"));
  CHECK(findings.warnings.empty());
}

TEST_CASE("the rule of a score changes with all that scores depend on", "[train]") {
  const ValidationSet set = set_of({{8, 8}, {20, 9}});
  const ValConfig val = psnr_and_ssim(2);
  const std::string rule = sr::best_rule({set}, val);
  CHECK_THAT(rule, Catch::StartsWith("set5/psnr: calculate_psnr of Y, crop_border 2, higher is "
                                     "better; 2 images "));
  CHECK(sr::best_rule({set}, val) == rule);
  CHECK(sr::best_rule({set, set_of({{8, 8}})}, val) == rule);  // of the first set alone

  std::vector<std::string> others;
  using Change = void (*)(std::vector<sr::MetricConfig>&);
  for (const Change change :
       std::initializer_list<Change>{[](auto& metrics) { metrics[0].key = "y"; },
                                     [](auto& metrics) { metrics[0].crop_border = 4; },
                                     [](auto& metrics) { metrics[0].test_y_channel = false; },
                                     [](auto& metrics) { metrics[0].higher_is_better = false; },
                                     [](auto& metrics) { std::swap(metrics[0], metrics[1]); }}) {
    ValConfig changed = val;
    change(changed.metrics);
    others.push_back(sr::best_rule({set}, changed));
  }
  ValidationSet renamed = set, shorter = set, resized = set;
  renamed.config.name = "set14";
  shorter.pairs.pop_back();
  resized.pairs[0].lq_width = 9;
  for (const ValidationSet& changed : {renamed, shorter, resized}) {
    others.push_back(sr::best_rule({changed}, val));
  }
  for (const std::string& other : others) {
    CHECK(other != rule);
  }
  CHECK(sr::best_rule({}, val).empty());
  CHECK(sr::scoring_rules({set}, val).at("set5/ssim").starts_with("calculate_ssim"));
}
