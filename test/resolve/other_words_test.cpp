#include "resolve/other_words.h"

#include "arch/catalogue.h"
#include "resolve/examples.h"
#include "support/catch.h"

using Catch::Matchers::Contains;

namespace {

const std::string kRcan =
    "network_g={type: RCAN, num_in_ch: 3, num_out_ch: 3, num_feat: 32, num_group: 4, num_block: 6, "
    "squeeze_factor: 8, upscale: 2, res_scale: 1, img_range: 255., rgb_mean: [0.4488, 0.4371, "
    "0.4040]}";

sr::LoadedConfig loaded(const std::string& network) {
  return sr::test::load_text(sr::test::kSmallest, {network});
}

}  // namespace

TEST_CASE("BasicSR's words of RCAN are read", "[resolve]") {
  const sr::LoadedConfig config = loaded(kRcan);
  const auto& rcan = std::get<sr::arch::RcanOptions>(config.config.network_g.options.get());
  CHECK(rcan == sr::arch::RcanOptions{.n_resgroups = 4,
                                      .n_resblocks = 6,
                                      .n_feats = 32,
                                      .rgb_range = 255,
                                      .norm = true,
                                      .reduction = 8});
  REQUIRE(config.notices.size() >= 1);
  CHECK(std::ranges::count_if(config.notices, [](const std::string& notice) {
          return notice.find("BasicSR's weight files do not fit") != std::string::npos;
        }) == 1);
  const auto shorter = loaded("network_g={type: rcan, num_group: 3}");
  const auto& blocks = std::get<sr::arch::RcanOptions>(shorter.config.network_g.options.get());
  CHECK(blocks.n_resblocks == 16);  // BasicSR's default
}

TEST_CASE("words of traiNNer-redux's RCAN stay as they are", "[resolve]") {
  const sr::LoadedConfig config = loaded("network_g={type: RCAN, n_resgroups: 3}");
  const auto& rcan = std::get<sr::arch::RcanOptions>(config.config.network_g.options.get());
  CHECK(rcan == sr::arch::RcanOptions{.n_resgroups = 3});
  CHECK(std::ranges::none_of(config.notices, [](const std::string& notice) {
    return notice.find("RCAN") != std::string::npos;
  }));
}

TEST_CASE("what BasicSR's RCAN can do and ours cannot is refused", "[resolve]") {
  const auto problem = [](const std::string& options) {
    return sr::test::problems_of(sr::test::kSmallest, {"network_g={type: RCAN, " + options + "}"});
  };
  CHECK_THAT(problem("num_in_ch: 3, num_out_ch: 1"), Contains("must equal num_in_ch"));
  CHECK_THAT(problem("rgb_mean: [0.5, 0.5, 0.5]"), Contains("the mean of DIV2K"));
  CHECK_THAT(problem("num_group: 3, res_scale: 0.1"), Contains("res_scale"));
  CHECK_THAT(problem("num_group: 3, num_groups: 3"), Contains("num_groups"));
}

TEST_CASE("a validation set without GT is left out with a warning", "[resolve]") {
  const sr::LoadedConfig config = sr::test::load_with(
      "", {"datasets.val={name: RealWorld38, type: SingleImageDataset, dataroot_lq: lr, "
           "io_backend: {type: disk}}"});
  CHECK(config.config.val_sets.empty());
  CHECK_FALSE(config.config.val.val_enabled);
  REQUIRE(config.warnings.size() == 1);
  CHECK_THAT(config.warnings[0], Contains("datasets.val: skipped: SingleImageDataset: LQ without"));
  CHECK_THAT(sr::test::problems_of(sr::test::kSmallest, {"datasets.train.type=SingleImageDataset"}),
             Contains("For training the nearest is singlegtdataset"));
}
