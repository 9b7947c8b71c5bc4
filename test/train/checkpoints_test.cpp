#include "train/checkpoints.h"

#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "checkpoint/weights_file.h"
#include "core/error.h"
#include "nn/tensor_copy.h"
#include "support/catch.h"
#include "support/optimizers.h"
#include "support/temp_folder.h"
#include "train/restored_run.h"
#include "train/rollback.h"
#include "train/toy_run.h"

// What is saved of a run and comes back, on disk. What saves when: saver_test.cpp.

namespace {

using namespace sr;
using test::HostImages;
using test::same_bits;
using test::small_config;
using test::take_step;
using test::TempFolder;
using test::ToyRun;

/// A run and its checkpoints in a folder.
struct SavingRun {
  ToyRun run;
  ExperimentLayout layout;
  RunIdentity identity;
  Checkpoints checkpoints;

  explicit SavingRun(const TempFolder& folder, Config config = small_config(),
                     RunIdentity of = {"these files", "this machine"})
      : run(std::move(config)),
        layout(folder.path()),
        identity(std::move(of)),
        checkpoints(run.config, layout, run.networks, *run.step, identity) {}

  void train(std::int64_t first, std::int64_t steps) {
    for (std::int64_t step = first; step < first + steps; ++step) {
      const HostImages images(4, 12, static_cast<std::uint64_t>(step) * 10);
      take_step(run, images.batch, {}, step);
    }
  }

  static SavedRun at(std::int64_t step) {
    SavedRun saved;
    saved.state.step = step;
    saved.state.cursor = static_cast<std::uint64_t>(4 * step);
    saved.size = {{12, 4}, 0};
    return saved;
  }
  void save(std::int64_t step) {
    checkpoints.save(at(step), {{"size", step}}, {{"rate", step}});
    checkpoints.finish();
  }
  RestoredRun restore() {
    FoundState found = newest_valid_state(layout.states_folder());
    return restore(std::move(found));
  }
  RestoredRun restore(FoundState found) {
    REQUIRE_FALSE(found.file.empty());
    return restore_run(found.file, std::move(found.state), run.config, identity, run.networks,
                       *run.step);
  }
};

Config gan_config() {
  Config config = small_config();
  config.train.ema_decay_d = 0.9;
  config.train.losses.push_back(test::loss_named("ganloss", 0.1));
  config.network_d = test::small_discriminator("unetdiscriminatorsn");
  config.train.optim_d.emplace();
  return config;
}

Config clipping_config() {
  Config config = small_config();
  config.gradient_clipping.emplace();
  return config;
}

void check_goes_on_to_the_bit(const Config& config) {
  const TempFolder folder;
  SavingRun before(folder, config);
  before.train(0, 3);
  before.save(3);
  SavingRun after(folder, config);
  after.train(7, 1);  // not what it was when it was made
  const RestoredRun restored = after.restore();
  CHECK(restored.run == SavingRun::at(3));
  CHECK(restored.sizes == nlohmann::ordered_json{{"size", 3}});
  CHECK(restored.automations == nlohmann::ordered_json{{"rate", 3}});
  CHECK(restored.warnings.empty());
  CHECK(same_bits(after.run.snapshot(), before.run.snapshot()));
  before.train(3, 2);
  after.train(3, 2);
  CHECK(same_bits(after.run.snapshot(), before.run.snapshot()));
}

}  // namespace

TEST_CASE("weights, averages and the optimizer come back to the bit", "[train]") {
  Config config = small_config();
  SECTION("safetensors") {}
  SECTION("pth") {
    config.logger.save_checkpoint_format = CheckpointFormat::kPth;
  }
  SECTION("without averages") {
    config.train.ema_decay = 0;
  }
  check_goes_on_to_the_bit(config);
}

TEST_CASE("two networks and the limits of their gradients come back to the bit", "[train]") {
  Config config = gan_config();
  config.gradient_clipping.emplace();
  SECTION("safetensors") {}
  SECTION("pth") {
    config.logger.save_checkpoint_format = CheckpointFormat::kPth;
  }
  check_goes_on_to_the_bit(config);
}

TEST_CASE("what was written is told once, with its state last", "[train]") {
  const TempFolder folder;
  SavingRun run(folder);
  run.save(1);
  const auto written = run.checkpoints.take_written();
  REQUIRE(written.size() == 1);
  CHECK(written.front().path == run.layout.state_path(1));
  CHECK(written.front().step == 1);
  std::uint64_t bytes = std::filesystem::file_size(run.layout.state_path(1));
  for (const bool ema : {false, true}) {
    bytes += std::filesystem::file_size(run.layout.weights_path(1, ema));
  }
  CHECK(written.front().bytes == bytes);
  CHECK(run.checkpoints.take_written().empty());
}

TEST_CASE("what others write into the run's folder meanwhile is let alone", "[train]") {
  const TempFolder folder;
  SavingRun run(folder);
  folder.write("report.html.sr-tmp", "half a page");
  run.save(1);
  CHECK(std::filesystem::exists(folder / "report.html.sr-tmp"));
}

TEST_CASE("as many checkpoints are kept as wanted", "[train]") {
  const TempFolder folder;
  Config config = small_config();
  config.logger.keep_checkpoints = 2;
  SavingRun run(folder, config);
  for (const std::int64_t step : {1, 2, 3}) {
    run.save(step);
  }
  CHECK_FALSE(std::filesystem::exists(run.layout.state_path(1)));
  CHECK_FALSE(std::filesystem::exists(run.layout.weights_path(1, true)));
  CHECK(std::filesystem::exists(run.layout.state_path(2)));
  CHECK(std::filesystem::exists(run.layout.weights_path(3, true)));
}

TEST_CASE("an old checkpoint that cannot be removed is warned of, and others go", "[train]") {
  const TempFolder folder;
  Config config = small_config();
  config.logger.keep_checkpoints = 2;
  SavingRun run(folder, config);
  run.save(1);
  std::filesystem::remove(run.layout.weights_path(1, true));
  std::filesystem::create_directories(run.layout.weights_path(1, true) / "held");
  for (const std::int64_t step : {2, 3, 4}) {
    run.save(step);
  }
  CHECK(run.checkpoints.take_written().size() == 4);
  CHECK(std::filesystem::exists(run.layout.state_path(1)));
  CHECK_FALSE(std::filesystem::exists(run.layout.state_path(2)));
  CHECK(std::filesystem::exists(run.layout.state_path(3)));
  const auto warnings = run.checkpoints.take_warnings();
  REQUIRE(warnings.size() == 2);  // behind 3 and behind 4
  CHECK_THAT(warnings.back().message, Catch::StartsWith("older checkpoints stay: "));
  CHECK(run.checkpoints.take_warnings().empty());
}

TEST_CASE("of a best in each format the later one counts", "[train]") {
  const TempFolder folder;
  {
    SavingRun run(folder);
    run.checkpoints.save_best({"rule", 30, 1});
    run.checkpoints.finish();
  }
  Config config = small_config();
  config.logger.save_checkpoint_format = CheckpointFormat::kPth;
  SavingRun run(folder, config);
  run.checkpoints.save_best({"rule", 31, 2});
  run.checkpoints.finish();
  for (const WeightsFormat preferred : {WeightsFormat::kSafetensors, WeightsFormat::kPth}) {
    CHECK(find_best(run.layout, preferred)->record->score == 31);
  }
}

TEST_CASE("the best weights are the averages, in one file with their score", "[train]") {
  const TempFolder folder;
  SavingRun run(folder);
  run.train(0, 2);
  const BestRecord record{"set5/psnr: calculate_psnr", 31.5, 2};
  run.checkpoints.save_best(record);
  run.checkpoints.finish();
  const auto found = find_best(run.layout, WeightsFormat::kSafetensors);
  REQUIRE(found);
  CHECK(found->record == record);
  const TensorFile weights = read_weights(found->path, std::nullopt);
  const NamedTensors& parameters = run.run.networks.generator->parameters();
  REQUIRE(weights.tensors.size() == parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor& average = run.run.step->averages()[i];
    const at::Tensor target = at::zeros_like(average);
    restore(*std::ranges::find(weights.tensors, parameters[i].name, &StoredTensor::name), target);
    CHECK(at::equal(target, average));
    CHECK_FALSE(at::equal(target, parameters[i].tensor));
  }
}

TEST_CASE("a best that could not be written is written before the next state", "[train]") {
  const TempFolder folder;
  SavingRun run(folder);
  const auto in_the_way = folder.write("models", "a file where the folder should be");
  run.checkpoints.save_best({"rule", 30, 1});
  CHECK_THROWS_AS(run.checkpoints.finish(), StorageError);
  CHECK_FALSE(find_best(run.layout, WeightsFormat::kSafetensors));
  std::filesystem::remove(in_the_way);
  run.save(1);
  CHECK(find_best(run.layout, WeightsFormat::kSafetensors)->record->score == 30);
}

TEST_CASE("a checkpoint whose weights cannot be written leaves no state", "[train]") {
  const TempFolder folder;
  SavingRun run(folder);
  folder.write("models", "a file where the folder should be");
  CHECK_THROWS_AS(run.save(1), StorageError);
  CHECK_FALSE(std::filesystem::exists(run.layout.state_path(1)));
  CHECK(run.checkpoints.take_written().empty());
}

namespace {

/// Why a run of one configuration does not go on from the state of another.
std::string refusal(const Config& saved, const Config& restored) {
  const TempFolder folder;
  SavingRun(folder, saved).save(1);
  SavingRun run(folder, restored);
  try {
    run.restore();
  } catch (const CheckpointError& error) {
    CHECK_THAT(error.what(), Catch::StartsWith(run.layout.state_path(1).string() + ": "));
    return error.what();
  }
  FAIL("it was restored");
  return {};
}

}  // namespace

TEST_CASE("a state of another network, discriminator or optimizer is refused by name", "[train]") {
  const Config config = small_config();
  Config wider = config;
  wider.network_g = test::network_of("compact", {{"num_feat", "8"}, {"num_conv", "2"}});
  CHECK_THAT(refusal(config, wider),
             Catch::Contains("num_feat is 4 there and 8 in the configuration"));
  CHECK_THAT(refusal(config, gan_config()), Catch::Contains("without a discriminator"));
  Config sgd = config;
  sgd.train.optim_g = test::optimizer_named("SGD");
  CHECK_THAT(refusal(config, sgd), Catch::Contains("AdamW") && Catch::Contains("SGD"));
  Config no_averages = config;
  no_averages.train.ema_decay = 0;
  CHECK_THAT(refusal(config, no_averages), Catch::Contains("ema"));
}

TEST_CASE("a state that says two steps is refused", "[train]") {
  const TempFolder folder;
  SavingRun run(folder);
  run.save(1);
  FoundState found = newest_valid_state(run.layout.states_folder());
  found.state.document["run"]["step"] = 2;
  CHECK_THROWS_WITH(run.restore(std::move(found)), Catch::EndsWith("says step 1 and step 2"));
}

TEST_CASE("clipping that was switched on since starts over", "[train]") {
  const TempFolder folder;
  SavingRun before(folder);
  before.train(0, 2);
  before.save(2);
  SavingRun after(folder, clipping_config());
  after.restore();
  CHECK(after.run.step->take_clipping().front().second.steps == 0);
  after.train(2, 1);
  CHECK(after.run.step->take_clipping().front().second.steps == 1);
}

TEST_CASE("other files, another seed and another machine are warnings", "[train]") {
  const TempFolder folder;
  SavingRun(folder).save(1);
  SavingRun moved(folder, small_config(), {"these files", "that machine"});
  REQUIRE(moved.restore().warnings.size() == 1);
  CHECK_THAT(moved.restore().warnings.front(),
             Catch::StartsWith("saved on this machine, going on with that machine"));
  SavingRun changed(folder, small_config(), {"those files", "this machine"});
  REQUIRE(changed.restore().warnings.size() == 1);
  Config other_seed = small_config();
  other_seed.manual_seed = 4;
  SavingRun seeded(folder, other_seed);
  REQUIRE(seeded.restore().warnings.size() == 1);
  CHECK_THAT(seeded.restore().warnings.front(), Catch::Contains("manual_seed changed"));
}
