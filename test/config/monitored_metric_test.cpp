#include "config/monitored_metric.h"

#include "support/catch.h"

namespace {

sr::Config two_sets() {
  sr::Config config;
  for (const char* name : {"set5", "set14"}) {
    config.val_sets.emplace_back().name = name;
  }
  for (const char* key : {"psnr", "ssim"}) {
    config.val.metrics.emplace_back().key = key;
  }
  return config;
}

}  // namespace

TEST_CASE("a metric to follow is named with its set or is of the first one", "[config]") {
  sr::Config config = two_sets();
  CHECK(sr::find_monitored(config, "set14/ssim")->set == 1);
  CHECK(sr::find_monitored(config, "set14/ssim")->metric == 1);
  CHECK(sr::find_monitored(config, "val/ssim")->set == 0);
  CHECK(sr::find_monitored(config, "ssim")->set == 0);
  CHECK(sr::find_monitored(config, "ssim")->metric == 1);
  config.val_sets[1].name = "val";
  CHECK(sr::find_monitored(config, "val/psnr")->set == 1);
}

TEST_CASE("an unknown set or metric and a configuration without sets have none", "[config]") {
  const sr::Config config = two_sets();
  CHECK_FALSE(sr::find_monitored(config, "val/lpips"));
  CHECK_FALSE(sr::find_monitored(config, "urban100/psnr"));
  CHECK_FALSE(sr::find_monitored(config, ""));
  CHECK_FALSE(sr::find_monitored(sr::Config{}, "val/psnr"));
}
