#include "checkpoint/training_state.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/input_file.h"
#include "checkpoint/samples.h"
#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/file_size_limit.h"
#include "support/temp_folder.h"

using nlohmann::ordered_json;
using sr::DType;
using sr::ExperimentLayout;
using sr::TrainingState;
using sr::test::complaint;
using sr::test::make_tensor;
using sr::test::read_text;
using sr::test::TempFolder;
using std::filesystem::path;

namespace {

/// A checkpoint as a run saves it: raw and EMA weights first, then the state that names them.
path save_checkpoint(const ExperimentLayout& layout, std::int64_t step) {
  TrainingState state;
  state.step = step;
  state.document = ordered_json{{"cursor", {{"sample", step * 8}}}, {"best", 30.1 + 0.2}};
  state.tensors = {make_tensor("exp_avg.0", DType::kFloat32, {2, 3}, static_cast<int>(step)),
                   make_tensor("step", DType::kFloat32, {})};
  for (const bool ema : {false, true}) {
    const path file = layout.weights_path(step, ema);
    sr::write_safetensors(
        file,
        {{make_tensor("w", DType::kFloat32, {4}, static_cast<int>(step) + (ema ? 1 : 0))}, {}});
    state.weights.push_back({file.filename().string(), sr::checksum_text(sr::file_checksum(file))});
  }
  sr::write_training_state(layout.state_path(step), state);
  return layout.state_path(step);
}

void overwrite(const path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

void damage(const path& file) {
  std::string text = read_text(file);
  text.back() = static_cast<char>(text.back() ^ 1);
  overwrite(file, text);
}

/// Names of all files below a folder, without the temporary folder's own name.
std::set<std::string> files_below(const path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      names.insert(entry.path().lexically_relative(folder).string());
    }
  }
  return names;
}

std::set<std::string> checkpoint_files(std::initializer_list<int> steps) {
  std::set<std::string> names;
  for (const int step : steps) {
    const std::string text = std::to_string(step);
    names.insert({"models/net_g_" + text + ".safetensors",
                  "models/net_g_ema_" + text + ".safetensors",
                  "training_states/" + text + ".state"});
  }
  return names;
}

std::string read_refusal(const path& file) {
  return complaint<sr::CheckpointError>([&] { sr::read_training_state(file); });
}

}  // namespace

TEST_CASE("a training state comes back as it was written", "[checkpoint]") {
  const TempFolder folder;
  TrainingState state;
  state.step = 123'456'789'012;
  state.document = ordered_json{{"z", 1},
                                {"a", {0.1, 1e-300, -0.0, 1.0 / 3.0}},
                                {"text", "\"\n\xc3\xa4"},
                                {"seed", std::numeric_limits<std::uint64_t>::max()},
                                {"none", nullptr}};
  state.tensors = {make_tensor("m", DType::kFloat32, {2, 2}),
                   make_tensor("n", DType::kBFloat16, {3}),
                   make_tensor("empty", DType::kFloat32, {0})};
  const path file = folder / "training_states/5.state";
  const std::uint64_t written = sr::write_training_state(file, state);
  CHECK(written == std::filesystem::file_size(file));
  const TrainingState back = sr::read_training_state(file);
  CHECK(back.step == state.step);
  CHECK(back.document.dump() == state.document.dump());  // dump() also compares the order of keys
  CHECK(back.document["a"] == state.document["a"]);
  CHECK(back.weights.empty());
  REQUIRE(back.tensors.size() == 3);
  for (const auto& tensor : back.tensors) {
    const auto wanted = std::ranges::find(state.tensors, tensor.name, &sr::StoredTensor::name);
    REQUIRE(wanted != state.tensors.end());
    CHECK(tensor.type == wanted->type);
    CHECK(tensor.shape == wanted->shape);
    CHECK(tensor.bytes == wanted->bytes);
  }
}

TEST_CASE("a state with its weights is read", "[checkpoint]") {
  const TempFolder folder;
  const TrainingState state =
      sr::read_training_state(save_checkpoint(ExperimentLayout(folder.path()), 100));
  REQUIRE(state.weights.size() == 2);
  CHECK(state.weights[1].file == "net_g_ema_100.safetensors");
}

TEST_CASE("a changed byte anywhere in a state is noticed", "[checkpoint]") {
  const TempFolder folder;
  const path file = save_checkpoint(ExperimentLayout(folder.path()), 100);
  const std::string whole = read_text(file);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int flip : {0x01, 0x20, 0xff}) {
      sr::test::set_byte(file, i, static_cast<char>(whole[i] ^ flip));
      INFO("byte " << i << " of " << whole.size() << " ^ " << flip);
      CHECK(read_refusal(file).find(file.string() + ": ") == 0);
    }
    sr::test::set_byte(file, i, whole[i]);
  }
  CHECK(read_refusal(file).empty());
}

TEST_CASE("a changed byte anywhere in the weights of a state is noticed", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  const path file = save_checkpoint(layout, 100);
  const path weights = layout.weights_path(100, true);
  const std::string whole = read_text(weights);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    sr::test::set_byte(weights, i, static_cast<char>(whole[i] ^ 1));
    const std::string refusal = read_refusal(file);
    sr::test::set_byte(weights, i, whole[i]);
    INFO("byte " << i);
    CHECK(refusal.find(file.string() + ": its weights models/net_g_ema_100.safetensors") == 0);
  }
  std::filesystem::remove(weights);
  CHECK(read_refusal(file).find("net_g_ema_100.safetensors: cannot open: No such file") !=
        std::string::npos);
}

TEST_CASE("what is no training state of this format is refused", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  const path file = save_checkpoint(layout, 100);
  CHECK(read_refusal(layout.weights_path(100, false)).find("is no training state") !=
        std::string::npos);
  sr::TensorFile contents = sr::read_safetensors(file);
  contents.metadata["format_version"] = "2";
  sr::write_safetensors(file, contents);
  CHECK(read_refusal(file).find("format version 2; this program reads 1") != std::string::npos);
}

TEST_CASE("weights outside of the models folder are refused", "[checkpoint]") {
  const TempFolder folder;
  for (const char* name : {"../config.yml", "/etc/passwd", "", "a/b"}) {
    TrainingState state;
    state.weights = {{name, "0"}};
    sr::write_training_state(folder / "training_states/1.state", state);
    CHECK(read_refusal(folder / "training_states/1.state").find("outside of models/") !=
          std::string::npos);
  }
}

TEST_CASE("a document that JSON cannot hold is not written", "[checkpoint]") {
  const TempFolder folder;
  const path file = folder / "1.state";
  TrainingState state;
  state.document = ordered_json{{"scores", {1.0, std::numeric_limits<double>::quiet_NaN()}}};
  CHECK(complaint<sr::CheckpointError>([&] { sr::write_training_state(file, state); }) ==
        file.string() + ": document/scores/1 is not a finite number");
  state.document = ordered_json{{"file", "\xff.png"}};
  CHECK(complaint<sr::CheckpointError>([&] {
          sr::write_training_state(file, state);
        }).find("not UTF-8") != std::string::npos);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a state that the disk refuses leaves the one before", "[checkpoint]") {
  const TempFolder folder;
  const path file = save_checkpoint(ExperimentLayout(folder.path()), 100);
  const std::string before = read_text(file);
  TrainingState state;
  state.tensors = {make_tensor("m", DType::kFloat32, {100'000})};
  {
    const sr::test::FileSizeLimit limit(4096);
    CHECK_THROWS_AS(sr::write_training_state(file, state), sr::StorageError);
    CHECK_THROWS_AS(sr::write_training_state(file.parent_path() / "200.state", state),
                    sr::StorageError);
  }
  CHECK(read_text(file) == before);
  CHECK(files_below(folder.path()) == checkpoint_files({100}));
}

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
  sr::remove_unfinished_files(folder.path());
  CHECK(files_below(folder.path()) == checkpoint_files({100}));
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
