#include "yaml/overrides.h"

#include "resolve/examples.h"
#include "support/catch.h"

using sr::test::kSmallest;
using sr::test::load_text;
using sr::test::problems_of;

TEST_CASE("an override wins over the file", "[resolve]") {
  const sr::Config config =
      load_text(kSmallest + "memory_limit: 1GiB\n",
                {"train.total_iter=5e2", "datasets.train.dataroot_gt=[a, b]",
                 "datasets.train.dataroot_lq=[c, d]",
                 "memory_limit=", "val.metrics.p={type: calculate_psnr}", "name=with=equals"})
          .config;
  CHECK(config.train.total_iter == 500);
  CHECK(config.train_set.dataroot_gt == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(config.memory_limit.has_value());
  CHECK(config.val.metrics.size() == 1);
  CHECK(config.name == "with=equals");
}

TEST_CASE("an override reaches into lists by index", "[resolve]") {
  const sr::Config config = load_text(kSmallest, {"train.losses=[{type: l1loss}, {type: mseloss}]",
                                                  "train.losses.0.loss_weight=0.25",
                                                  "train.losses.2.type=charbonnierloss"})
                                .config;
  REQUIRE(config.train.losses.size() == 3);
  CHECK(config.train.losses[0].loss_weight == 0.25);
  CHECK(config.train.losses[2].type == "charbonnierloss");
}

TEST_CASE("an override of one name beats another name of the same setting in the file",
          "[resolve]") {
  const std::string gt =
      "name: r\nscale: 2\ndatasets: {train: {type: singlegtdataset, dataroot_gt: a, gt_size: 64, "
      "use_flip: true}}\n"
      "network_g: {type: compact}\ntrain: {total_iter: 1}\n";
  CHECK(load_text(gt).config.train_set.lq_size == 32);
  CHECK(load_text(gt, {"datasets.train.lq_size=40"}).config.train_set.lq_size == 40);
  CHECK(load_text(gt, {"datasets.train.gt_size=40"}).config.train_set.lq_size == 20);
  CHECK_FALSE(load_text(gt, {"datasets.train.use_hflip=false"}).config.train_set.use_hflip);
}

TEST_CASE("assignments that name no place are refused", "[resolve]") {
  CHECK(problems_of(kSmallest, {"nonsense"}) == "--set: 'nonsense': expected key.path=value");
  CHECK(problems_of(kSmallest, {"=3"}) == "--set: '=3': expected key.path=value");
  CHECK(problems_of(kSmallest, {"name.x=3"}) == "--set: name.x: there is no 'x' in a single value");
  CHECK(
      problems_of(kSmallest, {"train.losses=[]", "train.losses.1.type=l1loss"})
          .starts_with("--set: train.losses.1.type: '1' is no place in this list; legal: 0 to 0"));
  CHECK(problems_of(kSmallest, {"name=[a"}).starts_with("--set: name: not valid YAML: "));
  CHECK(problems_of(kSmallest, {"trian.total_iter=3"}) ==
        "--set: trian: unknown key; nearest: train");
}

TEST_CASE("a template for names needs no quotes on the command line", "[resolve]") {
  for (const char* text : {"{}", "{}x2", "{}_lq", "x2/{}", "'{}x2'"}) {
    INFO(text);
    std::string plain(text);
    std::erase(plain, '\'');
    CHECK(load_text(kSmallest, {std::string("datasets.train.filename_tmpl=") + text})
              .config.train_set.filename_tmpl == plain);
  }
  const std::string file =
      "name: run\nscale: 2\nnetwork_g: {type: compact}\ntrain: {total_iter: 1}\n"
      "datasets: {train: {type: pairedimagedataset, dataroot_gt: a, "
      "dataroot_lq: b, filename_tmpl: {}}}\n";
  CHECK(load_text(file).config.train_set.filename_tmpl == "{}");
  CHECK(problems_of(kSmallest, {"datasets.train.filename_tmpl={a: 1}"}).find("got a section") !=
        std::string::npos);
  CHECK(load_text(kSmallest, {"training_automations={} # none"}).config.size_optimizer ==
        std::nullopt);
}

TEST_CASE("an override of endless depth is refused", "[resolve]") {
  std::string path = "a";
  for (int i = 0; i < 100'000; ++i) {
    path += ".a";
  }
  CHECK(problems_of(kSmallest, {path + "=1"}).ends_with(": nested more than 64 deep"));
  const std::string lists = std::string(70, '[') + std::string(70, ']');
  CHECK(problems_of(kSmallest, {"a=" + lists}).find("nested more than 64 deep") !=
        std::string::npos);
  CHECK_FALSE(problems_of(kSmallest, {"a=" + std::string(100'000, '[')}).empty());
  CHECK(problems_of(kSmallest, {"name=,"}).find("',' belongs to nothing before it") !=
        std::string::npos);
  CHECK(problems_of(kSmallest, {"name=caf\xe9"}).find("byte 0xe9 is not UTF-8") !=
        std::string::npos);
}
