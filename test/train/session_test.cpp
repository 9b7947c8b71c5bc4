#include "train/session.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/run_files.h"
#include "device/cpu_allocator.h"
#include "dist/together.h"
#include "support/catch.h"
#include "support/thread_ranks.h"
#include "train/small_files.h"
#include "train/trainer.h"

// A run from its configuration on, as the program makes it; what a trainer does with the parts is
// in trainer_test.cpp.

namespace {

using namespace sr;
using test::SmallFiles;
namespace fs = std::filesystem;

TrainerOptions quiet() {
  install_cpu_allocator();
  TrainerOptions options;
  options.device = "cpu";
  options.verbosity = Verbosity::kQuiet;
  return options;
}

TrainerOptions going_on() {
  TrainerOptions options = quiet();
  options.resume.auto_resume = true;
  return options;
}

std::optional<StopRequest> nobody_stops() {
  return std::nullopt;
}

LoadedConfig loaded(const Config& config) {
  LoadedConfig result;
  result.config = config;
  return result;
}

/// Of a file without a seed.
LoadedConfig with_drawn_seed(Config config, std::uint64_t drawn) {
  config.manual_seed = drawn;
  LoadedConfig result = loaded(config);
  result.seeded = false;
  return result;
}

/// A run of one process.
struct Run {
  Ranks ranks;
  SharedStop stop{nobody_stops};
  Session session;

  explicit Run(const Config& config, const TrainerOptions& options = quiet())
      : Run(loaded(config), options) {}
  Run(const LoadedConfig& loaded, const TrainerOptions& options)
      : session(open_session(loaded, list_data_sets(loaded.config, Verbosity::kQuiet), options,
                             ranks, stop)) {}

  ExitCode train() {
    Alone alone;
    return Trainer(parts_of(session, alone, nobody_stops), session.start).train();
  }
};

/// All that training changes.
std::vector<at::Tensor> tensors_of(const Session& session) {
  std::vector<at::Tensor> tensors;
  for (const NamedTensor& parameter : session.networks->generator->parameters()) {
    tensors.push_back(parameter.tensor.detach().clone());
  }
  for (const at::Tensor& average : session.step->averages()) {
    tensors.push_back(average.clone());
  }
  for (const NamedState& state : session.step->state()) {
    tensors.push_back(state.tensor.clone());
  }
  return tensors;
}

bool same(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::ranges::equal(
      a, b, [](const at::Tensor& left, const at::Tensor& right) { return at::equal(left, right); });
}

/// The events of a kind in the folder of a run, since its last start.
std::vector<nlohmann::json> events(const Session& session, const std::string& kind) {
  std::ifstream file(session.layout->events_path());
  std::vector<nlohmann::json> found;
  for (std::string line; std::getline(file, line);) {
    const auto event = nlohmann::json::parse(line);
    if (event.at("event") == "start") {
      found.clear();
    }
    if (event.at("event") == kind) {
      found.push_back(event);
    }
  }
  return found;
}

/// In the run's log, which has notices as well.
bool was_said(const Session& session, const std::string& part) {
  return test::read_text(session.layout->folder() / "train.log").find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a run that was cut in two ends with the bits of one that was not", "[train]") {
  const SmallFiles files;
  Config whole_config = files.config(6);
  whole_config.name = "whole";
  SECTION("as it is") {}
  SECTION("with a clipping that looks at all gradients so far") {
    whole_config.gradient_clipping.emplace();
  }
  Config config = whole_config;
  config.name = "run";
  Run whole(whole_config);
  REQUIRE(whole.train() == ExitCode::kDone);
  {
    config.train.total_iter = 3;
    Run first(config);
    CHECK_FALSE(first.session.start.resumed);
    REQUIRE(first.train() == ExitCode::kDone);
    CHECK_FALSE(same(tensors_of(first.session), tensors_of(whole.session)));
  }
  config.train.total_iter = 6;
  Run second(config, going_on());
  CHECK(second.session.start.resumed);
  CHECK(second.session.start.state.step == 3);
  CHECK(second.session.start.state.cursor == 6);
  REQUIRE(second.train() == ExitCode::kDone);
  CHECK(same(tensors_of(second.session), tensors_of(whole.session)));
  const auto start = events(second.session, "start");
  REQUIRE(start.size() == 1);
  CHECK(start.front().at("resumed_from") == second.session.layout->state_path(3).string());
}

TEST_CASE("a resumed run validates in the tiles that are asked for, or in smaller ones that fitted",
          "[train]") {
  const SmallFiles files;
  Config config = files.config();
  config.val.val_enabled = false;  // so that the state keeps what is put into it here
  config.val.tile_size = 16;
  const int found = GENERATE(0, 8, 32);
  {
    Run first(config);
    CHECK(first.session.validator->tile_size() == 16);
    first.session.start.state.validation_tile = found;
    REQUIRE(first.train() == ExitCode::kDone);
  }
  const auto resumed = [&](int asked_for) {
    config.val.tile_size = asked_for;
    return Run(config, going_on()).session.validator->tile_size();
  };
  CHECK(resumed(16) == (found == 8 ? 8 : 16));
  CHECK(resumed(4) == 4);
  CHECK(resumed(0) == found);
}

TEST_CASE("a run goes on with the seed that it has drawn", "[train]") {
  const SmallFiles files;
  Config config = files.config(6);
  config.train.batch_mix.use_moa = true;
  config.name = "whole";
  Run whole(config);
  REQUIRE(whole.train() == ExitCode::kDone);
  config.name = "run";
  config.train.total_iter = 3;
  {
    Run first(with_drawn_seed(config, config.manual_seed), going_on());
    CHECK_FALSE(was_said(first.session, "manual_seed is not set"));
    REQUIRE(first.train() == ExitCode::kDone);
  }
  config.train.total_iter = 6;
  Run second(with_drawn_seed(config, config.manual_seed + 1), going_on());
  CHECK(second.session.config->manual_seed == config.manual_seed);
  CHECK(was_said(second.session, "manual_seed is not set: it stays 3, as in the state"));
  CHECK_FALSE(was_said(second.session, "new order"));
  REQUIRE(second.train() == ExitCode::kDone);
  CHECK(same(tensors_of(second.session), tensors_of(whole.session)));
  config.name = "other";
  CHECK(Run(with_drawn_seed(config, 4), going_on()).session.config->manual_seed == 4);
}

TEST_CASE("a run says what it is and with what it begins", "[train]") {
  const SmallFiles files;
  Config config = files.config();
  config.use_amp = true;
  Run run(config);
  const auto start = events(run.session, "start");
  REQUIRE(start.size() == 1);
  CHECK(start.front().at("step") == 0);
  CHECK(start.front().at("config").at("scale") == 2);
  CHECK(start.front().at("resumed_from").is_null());
  std::int64_t parameters = 0;
  for (const NamedTensor& parameter : run.session.networks->generator->parameters()) {
    parameters += parameter.tensor.numel();
  }
  CHECK(start.front().at("parameters") == parameters);
  CHECK(was_said(run.session, "on the CPU that is bfloat16"));
  CHECK(fs::exists(run.session.layout->config_path()));
}

TEST_CASE("a run that begins anew leaves the earlier one whole and says where", "[train]") {
  const SmallFiles files;
  REQUIRE(Run(files.config()).train() == ExitCode::kDone);
  Run again(files.config());
  CHECK_FALSE(again.session.start.resumed);
  CHECK(again.session.start.state.step == 0);
  REQUIRE(again.session.folder->archived());
  CHECK(was_said(again.session, "the earlier run is kept as " +
                                    again.session.folder->archived()->string() +
                                    "; --auto-resume would have gone on with it"));
  CHECK(fs::exists(ExperimentLayout(*again.session.folder->archived()).state_path(3)));
  CHECK_FALSE(fs::exists(again.session.layout->state_path(3)));
}

TEST_CASE("who asks to go on is told when there is nothing, or nothing whole", "[train]") {
  const SmallFiles files;
  {
    Run first(files.config(), going_on());
    CHECK_FALSE(first.session.start.resumed);
    CHECK(was_said(first.session, "there is no training state in"));
    REQUIRE(first.train() == ExitCode::kDone);
    std::ofstream(first.session.layout->state_path(3)) << "torn";
  }
  Run second(files.config(), going_on());
  CHECK_FALSE(second.session.start.resumed);
  CHECK(was_said(second.session, "there is no valid training state in"));
  CHECK(was_said(second.session, "a damaged training state was skipped"));
  // By the name that it was found under: its folder was put aside afterwards.
  const std::string events = test::read_text(second.session.layout->folder() / run_files::kEvents);
  CHECK_THAT(events, Catch::Contains(",\"file\":\"" +
                                     second.session.layout->state_path(3).string() + "\""));
}

TEST_CASE("a trial reads and leaves nothing", "[train]") {
  const SmallFiles files;
  REQUIRE(Run(files.config()).train() == ExitCode::kDone);
  const fs::path events_before = ExperimentLayout(files.folder / "experiments/run").events_path();
  const auto size = fs::file_size(events_before);
  TrainerOptions options = going_on();
  options.trial = true;
  Run trial(files.config(), options);
  CHECK_FALSE(trial.session.start.resumed);
  CHECK(trial.session.folder == nullptr);
  REQUIRE(trial.train() == ExitCode::kDone);
  CHECK(trial.session.checkpoints->take_written().empty());
  CHECK(fs::file_size(events_before) == size);
  CHECK(std::distance(fs::directory_iterator(files.folder / "experiments"), {}) == 1);
}

TEST_CASE("a run begins with the weights of a file, and one that goes on does not read it",
          "[train]") {
  const SmallFiles files;
  Config config = files.config();
  config.name = "other";
  Run other(config);
  REQUIRE(other.train() == ExitCode::kDone);
  const fs::path weights = files.folder.path() / "weights.safetensors";
  fs::copy_file(other.session.layout->weights_path(3, /*ema=*/false), weights);
  config = files.config();
  config.path.pretrain_network_g = weights.string();
  {
    Run run(config);
    const auto& mine = run.session.networks->generator->parameters();
    const auto& theirs = other.session.networks->generator->parameters();
    for (std::size_t i = 0; i < mine.size(); ++i) {
      CHECK(at::equal(mine[i].tensor, theirs[i].tensor));
    }
    REQUIRE(run.train() == ExitCode::kDone);
  }
  fs::remove(weights);
  CHECK(Run(config, going_on()).session.start.resumed);
  CHECK_THROWS_AS(Run(config), Error);
}

TEST_CASE("the teacher of a run has the weights of its file", "[train]") {
  const SmallFiles files;
  Config config = files.config();
  config.name = "other";
  Run other(config);
  REQUIRE(other.train() == ExitCode::kDone);
  config = files.config();
  config.network_g_teacher = config.network_g;
  config.path.pretrain_network_g_teacher =
      other.session.layout->weights_path(3, /*ema=*/false).string();
  config.train.eco.enabled = true;
  const Run run(config);
  const Networks& networks = *run.session.networks;
  REQUIRE(networks.teacher);
  CHECK(at::equal(networks.teacher->parameters().front().tensor,
                  other.session.networks->generator->parameters().front().tensor));
  CHECK_FALSE(networks.teacher_checksum.empty());
}

TEST_CASE("ranks begin with what the first one has, which alone keeps a folder", "[train]") {
  const SmallFiles files;
  Config config = files.config(6);
  config.train.losses.push_back(test::loss_named("ganloss", 0.1));
  config.network_d = test::small_discriminator("unetdiscriminatorsn");
  config.train.optim_d.emplace();
  config.train.ema_decay_d = 0.9;
  config.train.total_iter = 3;
  REQUIRE(Run(config).train() == ExitCode::kDone);
  config.train.total_iter = 6;
  constexpr int kWorld = 2;
  std::vector<std::vector<at::Tensor>> tensors(kWorld);
  std::vector<RunState> states(kWorld);
  std::vector<int> keeps(kWorld);
  std::vector<std::uint64_t> seeds(kWorld);
  test::run_ranks(kWorld, std::chrono::minutes(2), [&](Ranks& ranks) {
    const auto rank = static_cast<std::size_t>(ranks.rank());
    SharedStop stop(nobody_stops);
    DataSets sets;
    together(ranks, [&] { sets = list_data_sets(config, Verbosity::kQuiet); });
    // Only the first is asked to go on: the others cannot read what is not on their host.
    const Session session = open_session(with_drawn_seed(config, 100), std::move(sets),
                                         ranks.is_first() ? going_on() : quiet(), ranks, stop);
    seeds[rank] = session.config->manual_seed;
    tensors[rank] = tensors_of(session);
    states[rank] = session.start.state;
    keeps[rank] = session.folder != nullptr ? 1 : 0;
    together(ranks, [] {});
  });
  CHECK(states[0].step == 3);
  CHECK(states[1] == states[0]);
  CHECK(same(tensors[1], tensors[0]));
  CHECK(keeps == std::vector{1, 0});
  CHECK(seeds == std::vector{config.manual_seed, config.manual_seed});
}
