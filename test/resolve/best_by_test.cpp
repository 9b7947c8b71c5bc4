#include "config/monitored_metric.h"
#include "resolve/examples.h"
#include "support/catch.h"

using sr::test::kSmallest;
using sr::test::load_text;
using sr::test::problems_of;

namespace {

const std::string kMetrics =
    "val:\n"
    "  metrics:\n"
    "    psnr: {type: calculate_psnr}\n"
    "    niqe: {type: calculate_niqe, weights: n}\n"
    "    lpips: {type: calculate_lpips, net: vgg, weights: v}\n"
    "    dists: {type: calculate_dists, weights: d}\n";

std::string validated(const std::string& more) {
  std::string text = kSmallest;
  text.insert(text.find("network_g"), "  val: {type: singlegtdataset, dataroot_gt: a}\n");
  return text + kMetrics + more;
}

const std::vector<std::string> kAgainst{"network_d={type: unetdiscriminatorsn}",
                                        "train.losses=[{type: l1loss}, {type: ganloss}]"};

}  // namespace

TEST_CASE("best_by names one of the metrics", "[resolve]") {
  const sr::ValConfig val = load_text(validated("  best_by: dists\n")).config.val;
  CHECK(val.best_by == "dists");
  CHECK(best_metric(val) == 3);
  CHECK(val.metrics[2].net == "vgg");
  CHECK_FALSE(val.metrics[2].higher_is_better);
  CHECK(problems_of(validated("  best_by: topiq\n")) ==
        "x.yml:18: val.best_by: no such metric: topiq; val.metrics has psnr, niqe, lpips, dists");
}

TEST_CASE("the first metric is the best one, or against a discriminator the first perceptual one",
          "[resolve]") {
  const sr::LoadedConfig plain = load_text(validated(""));
  CHECK(plain.config.val.best_by == "psnr");
  CHECK(plain.notices.empty());
  const sr::LoadedConfig against = load_text(validated(""), kAgainst);
  CHECK(against.config.val.best_by == "lpips");
  REQUIRE(against.notices.size() == 1);
  CHECK(against.notices[0].starts_with("val.best_by: lpips says which weights are best"));
  const sr::LoadedConfig asked = load_text(validated("  best_by: psnr\n"), kAgainst);
  CHECK(asked.config.val.best_by == "psnr");
  CHECK(asked.notices.empty());
}

TEST_CASE("TOPIQ beside GT is a perceptual metric, TOPIQ of an image alone does not choose",
          "[resolve]") {
  const std::string metrics =
      "val.metrics={psnr: {type: calculate_psnr}, alone: {type: calculate_topiq_nr, weights: n}, "
      "topiq: {type: calculate_topiq, weights: t}}";
  std::vector<std::string> against = kAgainst;
  against.push_back("datasets.val={type: singlegtdataset, dataroot_gt: a}");
  against.push_back(metrics);
  CHECK(load_text(kSmallest, against).config.val.best_by == "topiq");
  against.push_back("val.best_by=alone");
  CHECK(load_text(kSmallest, against).config.val.best_by == "alone");
}

TEST_CASE("early stopping follows best_by unless it names a metric itself", "[resolve]") {
  const std::string by = "  best_by: lpips\n";
  const std::string stopping = "training_automations:\n  IntelligentEarlyStopping: ";
  CHECK(load_text(validated(by + stopping + "{}\n")).config.early_stopping->monitor_metric ==
        "val/lpips");
  CHECK(load_text(validated(by + stopping + "{metric: val/psnr}\n"))
            .config.early_stopping->monitor_metric == "val/psnr");
}
