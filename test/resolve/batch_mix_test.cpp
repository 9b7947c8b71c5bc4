#include "config/resolved_text.h"
#include "resolve/examples.h"
#include "support/catch.h"

using Catch::Matchers::Contains;
using sr::BatchMix;
using sr::BatchMixOptions;
using sr::test::kSmallest;
using sr::test::load_text;
using sr::test::problems_of;

namespace {

BatchMixOptions read(const std::vector<std::string>& overrides) {
  return load_text(kSmallest, overrides).config.train.batch_mix;
}

}  // namespace

TEST_CASE("samples are mixed with use_moa, by the weights of traiNNer-redux's templates",
          "[resolve]") {
  CHECK_FALSE(read({}).use_moa);
  const BatchMixOptions options = read({"train.use_moa=true"});
  CHECK(options.use_moa);
  CHECK(options.moa_augs.size() == 5);
  CHECK(options.moa_probs == std::vector<double>{0.4, 0.084, 0.084, 0.084, 0.348});
  const BatchMixOptions chosen =
      read({"train.use_moa=true", "train.moa_augs=[CutMix, none]", "train.moa_probs=[1, 3]"});
  CHECK(chosen.moa_augs == std::vector<BatchMix>{BatchMix::kCutmix, BatchMix::kNone});
}

TEST_CASE("lists of mixing that do not fit together are told, when it is on", "[resolve]") {
  const auto told = [](const std::string& augs, const std::string& probs, const char* on = "true") {
    return problems_of(kSmallest, {std::string("train.use_moa=") + on, "train.moa_augs=" + augs,
                                   "train.moa_probs=" + probs});
  };
  CHECK_THAT(
      told("[mixup, none]", "[1]"),
      Contains("train.moa_probs: expected 2 numbers, one for each of train.moa_augs, got 1"));
  CHECK(told("[mixup, none]", "[1]", "false").empty());
  CHECK_THAT(told("[mixup]", "[0]"), Contains("train.moa_probs: expected a weight above 0"));
  CHECK_THAT(told("[mixup]", "[-1]"), Contains("train.moa_probs: expected"));
  CHECK_THAT(told("[cutout]", "[1]"), Contains("train.moa_augs: expected"));
  CHECK_THAT(told("[]", "[]"), Contains("train.moa_augs: expected"));
}

TEST_CASE("neosr's two lists are use_moa with its lists", "[resolve]") {
  const BatchMixOptions options =
      read({"datasets.train.augmentation=[none, mixup]", "datasets.train.aug_prob=[0.7, 0.3]"});
  CHECK(options.use_moa);
  CHECK(options.moa_augs == std::vector<BatchMix>{BatchMix::kNone, BatchMix::kMixup});
  CHECK(options.moa_probs == std::vector<double>{0.7, 0.3});
  CHECK_FALSE(read({"datasets.train.aug_prob=[0.7, 0.3]"}).use_moa);
  CHECK_THAT(problems_of(kSmallest, {"datasets.train.augmentation=[none, mixup]",
                                     "datasets.train.aug_prob=[1]"}),
             Contains("datasets.train.aug_prob: expected 2 numbers, one for each of "
                      "datasets.train.augmentation, got 1"));
  CHECK_THAT(problems_of(kSmallest, {"datasets.train.augmentation=[none]",
                                     "datasets.train.aug_prob=[1]", "train.use_moa=true"}),
             Contains("train.use_moa: given as well as datasets.train.augmentation"));
}

TEST_CASE("what mixing cannot do is told", "[resolve]") {
  const std::vector<std::string> video{
      "datasets.train={type: pairedvideodataset, dataroot_gt: a, dataroot_lq: b, clip_size: 3}",
      "network_g.num_in_ch=9", "train.use_moa=true"};
  CHECK_THAT(problems_of(kSmallest, video), Contains("train.moa_augs: cutblur puts GT into LQ"));
  std::vector<std::string> without = video;
  without.emplace_back("train.moa_probs=[1, 1, 1, 1, 0]");
  CHECK(problems_of(kSmallest, without).empty());
  const auto warnings = [](const std::vector<std::string>& overrides) {
    return load_text(kSmallest, overrides).warnings;
  };
  const auto alone = warnings({"train.use_moa=true", "datasets.train.batch_size_per_gpu=1"});
  REQUIRE(alone.size() == 1);
  CHECK_THAT(alone[0], Contains("mixup and cutmix change nothing"));
  CHECK(warnings({"train.use_moa=true"}).empty());
}

TEST_CASE("pictures of traiNNer-redux's moa_debug are told to be written elsewhere", "[resolve]") {
  const auto loaded = load_text(
      kSmallest, {"train.use_moa=true", "train.moa_debug=true", "train.moa_debug_limit=9"});
  REQUIRE(loaded.notices.size() == 2);  // there is no validation set
  const std::string& notice = loaded.notices[loaded.notices[0].find("moa") == std::string::npos];
  CHECK_THAT(notice, Contains("moa_debug_limit") && Contains("check --preview"));
}

TEST_CASE("mixing that is written is read as the same", "[resolve]") {
  const sr::Config config =
      load_text(kSmallest, {"datasets.train.augmentation=[cutblur]", "datasets.train.aug_prob=[2]"})
          .config;
  CHECK(load_text(sr::resolved_yaml(config)).config.train.batch_mix == config.train.batch_mix);
}
