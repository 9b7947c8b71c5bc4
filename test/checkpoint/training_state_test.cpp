#include "checkpoint/training_state.h"

#include <algorithm>
#include <limits>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/input_file.h"
#include "checkpoint/samples.h"
#include "checkpoint/saved_checkpoint.h"
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
using sr::test::checkpoint_files;
using sr::test::complaint;
using sr::test::files_below;
using sr::test::make_tensor;
using sr::test::read_text;
using sr::test::save_checkpoint;
using sr::test::TempFolder;
using std::filesystem::path;

namespace {

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
  for (const path& weights : {layout.weights_path(100, false), folder / "net_g_1.pth"}) {
    CHECK(read_refusal(weights).ends_with(
        "is no training state: these are weights; the states of a run are in its "
        "training_states/"));
  }
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
