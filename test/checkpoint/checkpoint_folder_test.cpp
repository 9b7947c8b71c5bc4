#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/input_file.h"
#include "checkpoint/saved_checkpoint.h"
#include "checkpoint/training_state.h"
#include "core/atomic_file.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using sr::ExperimentLayout;
using sr::TrainingState;
using sr::test::checkpoint_files;
using sr::test::complaint;
using sr::test::damage;
using sr::test::files_below;
using sr::test::overwrite;
using sr::test::save_checkpoint;
using sr::test::TempFolder;
using std::filesystem::path;

TEST_CASE("the newest valid state is the one of the highest step", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  CHECK(sr::newest_valid_state(layout.states_folder()).file.empty());  // no such folder
  for (const int step : {900, 1000, 20}) {
    save_checkpoint(layout, step);
  }
  folder.write("training_states/5000.state.sr-tmp", "unfinished");
  folder.write("training_states/latest.state", "no step");
  const auto found = sr::newest_valid_state(layout.states_folder());
  CHECK(found.file == layout.state_path(1000));
  CHECK(found.skipped.empty());
}

TEST_CASE("damaged newer states are skipped and each is reported", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  for (const int step : {100, 200, 300, 400, 500}) {
    save_checkpoint(layout, step);
  }
  damage(layout.state_path(500));
  damage(layout.weights_path(400, false));
  std::filesystem::rename(layout.state_path(200), layout.state_path(300));
  damage(layout.state_path(100));
  save_checkpoint(layout, 200);
  auto found = sr::newest_valid_state(layout.states_folder());
  CHECK(found.file == layout.state_path(200));
  REQUIRE(found.skipped.size() == 3);
  CHECK(found.skipped[0].file == layout.state_path(500));
  CHECK(found.skipped[0].problem ==
        layout.state_path(500).string() + ": is damaged: its checksum does not match its contents");
  CHECK(found.skipped[1].problem.find("400.state: its weights models/net_g_400.safetensors") !=
        std::string::npos);
  CHECK(found.skipped[2].problem == layout.state_path(300).string() + ": is the state of step 200");
  std::filesystem::remove(layout.state_path(200));
  found = sr::newest_valid_state(layout.states_folder());
  CHECK(found.file.empty());
  CHECK(found.skipped.size() == 4);
}

TEST_CASE("pruning keeps the newest and the best and what no state names", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  for (const int step : {100, 200, 300, 1000}) {
    save_checkpoint(layout, step);
  }
  folder.write("models/net_g_best.safetensors", "best");
  folder.write("models/net_g_50.safetensors", "kept by hand");
  sr::prune_checkpoints(folder.path(), 2);
  auto wanted = checkpoint_files({300, 1000});
  wanted.insert({"models/net_g_best.safetensors", "models/net_g_50.safetensors"});
  CHECK(files_below(folder.path()) == wanted);
  CHECK(sr::newest_valid_state(layout.states_folder()).file == layout.state_path(1000));
}

TEST_CASE("pruning with zero removes nothing", "[checkpoint]") {
  const TempFolder folder;
  save_checkpoint(ExperimentLayout(folder.path()), 100);
  save_checkpoint(ExperimentLayout(folder.path()), 200);
  sr::prune_checkpoints(folder.path(), 0);
  CHECK(files_below(folder.path()) == checkpoint_files({100, 200}));
  CHECK_NOTHROW(sr::prune_checkpoints(folder / "none", 3));
}

TEST_CASE("unfinished files stay in a prune and go when nobody writes yet", "[checkpoint]") {
  const TempFolder folder;
  save_checkpoint(ExperimentLayout(folder.path()), 100);
  const std::set<std::string> unfinished{"report.html.sr-tmp",
                                         "models/net_g_900.safetensors.sr-tmp",
                                         "training_states/900.state.sr-tmp"};
  for (const std::string& file : unfinished) {
    folder.write(file, "unfinished");
  }
  sr::prune_checkpoints(folder.path(), 1);
  auto all = checkpoint_files({100});
  all.insert(unfinished.begin(), unfinished.end());
  CHECK(files_below(folder.path()) == all);
  const sr::AtomicFile page(folder / "report.html");  // of `sr-train report`, at the same time
  sr::remove_unfinished_files(folder.path());
  auto rest = checkpoint_files({100});
  rest.insert("report.html.sr-tmp");
  CHECK(files_below(folder.path()) == rest);
  CHECK_NOTHROW(sr::remove_unfinished_files(folder / "none"));
}

TEST_CASE("weights that a kept state shares are kept", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  for (const int step : {100, 200}) {
    TrainingState state = sr::read_training_state(save_checkpoint(layout, step));
    state.weights.resize(1);
    state.weights[0].file = "net_g_100.safetensors";  // checksums are not pruning's business
    sr::write_training_state(layout.state_path(step), state);
  }
  sr::prune_checkpoints(folder.path(), 1);
  CHECK(std::filesystem::exists(layout.weights_path(100, false)));
  CHECK_FALSE(std::filesystem::exists(layout.state_path(100)));
}

TEST_CASE("states that are not whole do not push out the last good one", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  for (const int step : {50, 100, 200, 300}) {
    save_checkpoint(layout, step);
  }
  overwrite(layout.state_path(300), "cut short");
  std::filesystem::remove(layout.weights_path(200, true));
  sr::prune_checkpoints(folder.path(), 1);
  CHECK(sr::newest_valid_state(layout.states_folder()).file == layout.state_path(100));
  CHECK(std::filesystem::exists(layout.weights_path(300, false)));
  CHECK_FALSE(std::filesystem::exists(layout.state_path(50)));
  // An old state that cannot be read goes, with the weights of its step.
  save_checkpoint(layout, 400);
  sr::prune_checkpoints(folder.path(), 1);
  CHECK(files_below(folder.path()) == checkpoint_files({400}));
}

TEST_CASE("a prune that was cut short is finished by the next", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  save_checkpoint(layout, 100);
  save_checkpoint(layout, 200);
  std::filesystem::remove(layout.weights_path(100, false));  // where a crash may have left it
  sr::prune_checkpoints(folder.path(), 1);
  CHECK(files_below(folder.path()) == checkpoint_files({200}));
}

TEST_CASE("files beyond a step move to a superseded folder", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder / "x");
  for (const int step : {100, 200, 300}) {
    save_checkpoint(layout, step);
  }
  folder.write("x/models/net_g_best.safetensors", "best");
  folder.write("x/models/net_d_300.safetensors", "discriminator");
  folder.write("x/train.log", "log");
  const path target = sr::supersede_files(folder / "x", 100);
  auto wanted = checkpoint_files({100});
  wanted.insert({"models/net_g_best.safetensors", "train.log"});
  CHECK(files_below(folder / "x") == wanted);

  std::set<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    folders.insert(entry.path().filename().string());
  }
  REQUIRE(folders.size() == 2);
  CHECK(folders.rbegin()->starts_with("x_superseded_2"));
  CHECK(target == folder / *folders.rbegin());
  auto moved = checkpoint_files({200, 300});
  moved.insert("models/net_d_300.safetensors");
  CHECK(files_below(folder / *folders.rbegin()) == moved);
  CHECK(sr::newest_valid_state(folder / (*folders.rbegin() + "/training_states")).file.filename() ==
        "300.state");
}

TEST_CASE("later files move out of a folder in another file system", "[checkpoint]") {
  const TempFolder folder;
  const TempFolder elsewhere("/dev/shm");
  std::filesystem::create_directory(elsewhere / "x");
  std::filesystem::create_directory_symlink(elsewhere / "x", folder / "x");
  const ExperimentLayout layout(folder / "x");
  save_checkpoint(layout, 100);
  save_checkpoint(layout, 200);
  const path target = sr::supersede_files(folder / "x", 100);
  CHECK(files_below(elsewhere / "x") == checkpoint_files({100}));
  CHECK(files_below(target) == checkpoint_files({200}));
  CHECK(target.parent_path() == folder.path());
  CHECK(sr::newest_valid_state(target / "training_states").skipped.empty());
}

TEST_CASE("nothing later makes no superseded folder", "[checkpoint]") {
  const TempFolder folder;
  save_checkpoint(ExperimentLayout(folder / "x"), 100);
  CHECK(sr::supersede_files(folder / "x", 100).empty());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("best weights are moved with later files, or alone", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder / "x");
  save_checkpoint(layout, 100);
  save_checkpoint(layout, 200);
  folder.write("x/models/net_g_best.safetensors", "best");
  const auto step = GENERATE(std::optional<std::int64_t>(100), std::optional<std::int64_t>());
  const path target = sr::supersede_files(folder / "x", step, {layout.best_path()});
  std::set<std::string> wanted = checkpoint_files({100});
  std::set<std::string> moved = {"models/net_g_best.safetensors"};
  (step ? moved : wanted).merge(checkpoint_files({200}));
  CHECK(files_below(folder / "x") == wanted);
  CHECK(files_below(target) == moved);
}

TEST_CASE("a newer state that cannot be read keeps older ones from being taken", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  save_checkpoint(layout, 100);
  const path state = layout.state_path(200);
  const path weights = layout.weights_path(200, false);
  // A link to itself stands for whatever the system answers but "no such file".
  const path unreadable = GENERATE_COPY(state, weights);
  if (unreadable == weights) {
    save_checkpoint(layout, 200);
    std::filesystem::remove(weights);
  }
  std::filesystem::create_symlink(unreadable.filename(), unreadable);
  const std::string refusal =
      complaint<sr::UnreadableFile>([&] { sr::newest_valid_state(layout.states_folder()); });
  CHECK_THAT(refusal, Catch::Contains(unreadable.string() + ": cannot open: "));
  CHECK_THAT(refusal, Catch::Contains("no other one is taken"));

  std::filesystem::remove(unreadable);  // what is not there is no reason to wait
  CHECK(sr::newest_valid_state(layout.states_folder()).file == layout.state_path(100));
}

TEST_CASE("an older state that cannot be read is not asked for", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  save_checkpoint(layout, 200);
  std::filesystem::create_symlink("100.state", layout.state_path(100));
  CHECK(sr::newest_valid_state(layout.states_folder()).file == layout.state_path(200));
}
