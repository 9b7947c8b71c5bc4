#include "config/resolved_text.h"
#include "resolve/examples.h"
#include "resolve/load.h"
#include "support/catch.h"

using Catch::Matchers::Contains;
using sr::test::kSmallest;
using sr::test::load_text;

namespace {

const std::string kTeacher = "network_g_teacher={type: span, norm: false}";
const std::string kWeights = "path.pretrain_network_g_teacher=big.pth";

std::string problems_of(const std::vector<std::string>& overrides) {
  return sr::test::problems_of(kSmallest, overrides);
}

bool says(const sr::LoadedConfig& loaded, const std::string& part) {
  for (const std::string& notice : loaded.notices) {
    if (notice.find(part) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("a teacher and its mixing are read with traiNNer-redux's names and defaults",
          "[resolve]") {
  const sr::Config plain = load_text(kSmallest).config;
  CHECK_FALSE(plain.network_g_teacher.has_value());
  CHECK(plain.train.eco == sr::EcoConfig{});
  const sr::Config config =
      load_text(kSmallest, {kTeacher, kWeights, "train.eco={enabled: true}"}).config;
  REQUIRE(config.network_g_teacher.has_value());
  CHECK(config.network_g_teacher->type == "span");
  CHECK(config.path.pretrain_network_g_teacher == "big.pth");
  CHECK(config.train.eco == sr::EcoConfig{true, 0.75, sr::EcoMode::kFull});
  const sr::Config other =
      load_text(kSmallest,
                {kTeacher, kWeights, "train.eco={enabled: true, end_ratio: 1, mode: hr_only}"})
          .config;
  CHECK(other.train.eco == sr::EcoConfig{true, 1.0, sr::EcoMode::kHrOnly});
}

TEST_CASE("a teacher needs weights and the images of the network", "[resolve]") {
  CHECK_THAT(problems_of({kTeacher}),
             Contains("path.pretrain_network_g_teacher: required by network_g_teacher"));
  CHECK_THAT(problems_of({"network_g_teacher={type: compact, num_in_ch: 9}", kWeights}),
             Contains("network_g_teacher.type: it sees images of 9 channels and network_g of 3"));
  CHECK_THAT(problems_of({"network_g_teacher={type: nosuch}", kWeights}),
             Contains("network_g_teacher.type"));
  CHECK_THAT(problems_of({"network_g_teacher={type: span, upscale: 4}", kWeights}),
             Contains("network_g_teacher.upscale: must equal the top-level scale (2)"));
  CHECK_THAT(problems_of({"network_g_teacher={type: span, n_resgroups: 4}", kWeights}),
             Contains("network_g_teacher.n_resgroups: only with type"));
  CHECK(problems_of({"network_g_teacher={}"}).empty());
  CHECK(says(load_text(kSmallest, {kWeights}), "there is no network_g_teacher"));
}

TEST_CASE("mixing needs a teacher, a scale and a number of steps", "[resolve]") {
  const std::string on = "train.eco.enabled=true";
  CHECK_THAT(problems_of({on}), Contains("train.eco.enabled: mixes with the images of a teacher"));
  CHECK_THAT(problems_of({on, kTeacher, kWeights, "scale=1"}),
             Contains("train.eco.enabled: needs a scale of 2 or more, got 1"));
  CHECK_THAT(problems_of({on, kTeacher, kWeights, "train.total_iter=~", "train.max_hours=1",
                          "train.schedule_by=hours"}),
             Contains("end_ratio is a share of total_iter, which is not given"));
  CHECK_THAT(problems_of({on, kTeacher, kWeights, "train.eco.end_ratio=0"}),
             Contains("train.eco.end_ratio: expected"));
  CHECK_THAT(problems_of({on, kTeacher, kWeights, "train.eco.end_ratio=1.5"}),
             Contains("train.eco.end_ratio: expected"));
  CHECK_THAT(problems_of({on, kTeacher, kWeights, "train.eco.mode=lr_only"}),
             Contains("train.eco.mode: expected"));
  CHECK(problems_of({on, kTeacher, kWeights}).empty());
}

TEST_CASE("what a run learns from is written into its configuration", "[resolve]") {
  const sr::Config config = load_text(kSmallest, {kTeacher, kWeights, "manual_seed=1",
                                                  "train.eco={enabled: true, mode: hr_only}"})
                                .config;
  const sr::Config again = load_text(sr::resolved_yaml(config)).config;
  CHECK(again == config);
}
