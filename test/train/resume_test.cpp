#include "train/resume.h"

#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/best_record.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace {

using namespace sr;
using test::TempFolder;
namespace fs = std::filesystem;

const ResumeOptions kAutoResume{true, std::nullopt, false};
const ResumeOptions kRestarted{false, std::nullopt, true};

ResumeOptions named(const fs::path& state) {
  return {false, state.string(), false};
}

const std::string kRule = "set5/psnr: calculate_psnr";

Config config_in(const TempFolder& folder) {
  Config config;
  config.name = "run";
  config.path.experiments_root = folder.path().string();
  return config;
}

/// A state without tensors; what train/ puts into it is in checkpoints_test.cpp.
fs::path write_state(const ExperimentLayout& layout, std::int64_t step) {
  TrainingState state;
  state.step = step;
  state.document = {{"run", step}};
  write_training_state(layout.state_path(step), state);
  return layout.state_path(step);
}

void write_best(const ExperimentLayout& layout, const BestRecord& record) {
  TensorFile file;
  file.metadata = to_metadata(record);
  write_safetensors(layout.best_path(), file);
}

RunState at_step(std::int64_t step) {
  RunState state;
  state.step = step;
  state.best_score = 29;
  state.best_rule = kRule;
  return state;
}

}  // namespace

TEST_CASE("without being asked a run begins anew, in a folder of its own", "[train]") {
  const TempFolder folder;
  const Config config = config_in(folder);
  const fs::path state = write_state(own_layout(config), 4);
  const ResumePoint point = find_resume_point(config, {});
  CHECK_FALSE(point.file);
  CHECK_FALSE(point.looked_for);
  const ExperimentFolder opened = open_folder(config, point);
  REQUIRE(opened.archived());
  CHECK_FALSE(fs::exists(state));
}

TEST_CASE("auto_resume finds the newest state that is whole and says which were not", "[train]") {
  const TempFolder folder;
  const Config config = config_in(folder);
  ResumePoint point = find_resume_point(config, kAutoResume);
  CHECK_FALSE(point.file);  // there is nothing yet
  CHECK(point.looked_for);
  write_state(own_layout(config), 4);
  const fs::path whole = write_state(own_layout(config), 6);
  folder.write("run/training_states/8.state", "torn");
  point = find_resume_point(config, kAutoResume);
  CHECK(point.file == whole);
  CHECK(point.state.step == 6);
  REQUIRE(point.skipped.size() == 1);
  CHECK(point.skipped.front().file == own_layout(config).state_path(8));
  CHECK_FALSE(open_folder(config, point).archived());
  CHECK(fs::exists(whole));
}

TEST_CASE("a state that was named is taken before any other, but not by who looks for the newest",
          "[train]") {
  const TempFolder folder;
  Config config = config_in(folder);
  const fs::path elsewhere = write_state(ExperimentLayout(folder / "other"), 2);
  config.path.resume_state = elsewhere.string();
  ResumePoint point = find_resume_point(config, kAutoResume);
  CHECK(point.file == elsewhere);
  CHECK(point.asked_for);
  CHECK(find_resume_point(config, kRestarted).file == elsewhere);  // no state of its own
  const fs::path own = write_state(own_layout(config), 8);
  CHECK(find_resume_point(config, {}).file == elsewhere);
  for (const ResumeOptions& newest : {kRestarted, kAutoResume}) {
    point = find_resume_point(config, newest);
    CHECK(point.file == own);
    CHECK_FALSE(point.asked_for);
  }
  CHECK(find_resume_point(config, named(own)).file == own);
  CHECK_THROWS_AS(find_resume_point(config, named(folder / "none.state")), Error);
}

TEST_CASE("a state that lies elsewhere in the run's own folder is not moved away", "[train]") {
  const TempFolder folder;
  const Config config = config_in(folder);
  const fs::path inside = write_state(ExperimentLayout(folder / "run" / "backup"), 4);
  const ResumePoint point = find_resume_point(config, named(inside));
  CHECK_THROWS_AS(open_folder(config, point), ConfigError);
  CHECK(fs::exists(inside));
  const fs::path beside = write_state(ExperimentLayout(folder / "run_2"), 4);
  CHECK(open_folder(config, find_resume_point(config, named(beside))).archived());
  CHECK(fs::exists(beside));
}

TEST_CASE("a state tells the seed of its run, or is none", "[train]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder / "run");
  const auto seed_in = [&](const nlohmann::ordered_json& document) {
    TrainingState state;
    state.step = 4;
    state.document = document;
    write_training_state(layout.state_path(4), state);
    return seed_of(find_resume_point(config_in(folder), kAutoResume));
  };
  CHECK(seed_in({{"seed", 9'000'000'000'000'000'000U}}) == 9'000'000'000'000'000'000U);
  CHECK_THROWS_WITH(seed_in({{"seed", -3}}), Catch::Contains("4.state: seed is no whole number"));
  CHECK_THROWS_WITH(seed_in({{"run", 4}}), Catch::Contains("4.state: is no state of this program"));
}

TEST_CASE("the best score is that of the file", "[train]") {
  const TempFolder folder;
  const Config config = config_in(folder);
  const ExperimentLayout layout = own_layout(config);
  write_state(layout, 6);
  write_best(layout, {kRule, 31, 5});
  const ResumePoint point = find_resume_point(config, kAutoResume);
  RunState state = at_step(6);
  CHECK(settle_folder(config, layout, point, kRule, state).empty());
  CHECK(state.best_score == 31);
  CHECK(state.best_rule == kRule);
  CHECK(fs::exists(layout.best_path()));
}

TEST_CASE("who goes back to an older state keeps what came after it elsewhere", "[train]") {
  const TempFolder folder;
  const Config config = config_in(folder);
  const ExperimentLayout layout = own_layout(config);
  const fs::path older = write_state(layout, 4);
  const fs::path later = write_state(layout, 8);
  write_best(layout, {kRule, 31, 8});
  const ResumePoint point = find_resume_point(config, named(older));
  RunState state = at_step(4);
  const std::vector<std::string> warnings = settle_folder(config, layout, point, kRule, state);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings.front(),
             Catch::Contains("it is kept in " + (folder / "run_superseded_").string()));
  CHECK_FALSE(fs::exists(later));
  CHECK_FALSE(fs::exists(layout.best_path()));
  CHECK(fs::exists(older));
  CHECK_FALSE(state.best_score);
  CHECK(state.best_rule.empty());
}

TEST_CASE("states and halves of files that a kill left over are cleared away", "[train]") {
  const TempFolder folder;
  Config config = config_in(folder);
  config.logger.keep_checkpoints = 2;
  const ExperimentLayout layout = own_layout(config);
  const fs::path first = write_state(layout, 2);
  write_state(layout, 4);
  write_state(layout, 6);
  folder.write("run/report.html.sr-tmp", "half a page");
  const ResumePoint point = find_resume_point(config, kAutoResume);
  RunState state = at_step(6);
  state.best_score.reset();
  CHECK(settle_folder(config, layout, point, "", state).empty());
  CHECK_FALSE(fs::exists(first));
  CHECK_FALSE(fs::exists(folder / "run/report.html.sr-tmp"));
  CHECK(fs::exists(layout.state_path(6)));
}
