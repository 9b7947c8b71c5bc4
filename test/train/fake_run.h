#pragma once

// A trainer whose parts are fakes, so that a test can let anything go wrong in any of them.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "device/numerics.h"
#include "train/trainer.h"

namespace sr::test {

/// Batches of nothing: writes down what was asked for.
struct FakeBatches final : BatchSource {
  struct Asked {
    std::uint64_t cursor = 0;
    TrainingSize size;
    friend bool operator==(const Asked&, const Asked&) = default;
  };
  std::vector<Asked> taken, foreseen;
  std::function<void(std::uint64_t cursor)> on_take = [](std::uint64_t) {};

  Batch take(std::uint64_t cursor, TrainingSize size) override {
    on_take(cursor);
    taken.push_back({cursor, size});
    Batch batch;
    batch.size = size;
    batch.first_sample = cursor;
    batch.next_sample = cursor + static_cast<std::uint64_t>(size.batch_size);
    batch.wait_ms = 1;
    return batch;
  }
  void prefetch(std::uint64_t cursor, TrainingSize size) override {
    foreseen.push_back({cursor, size});
  }
  LoaderStats take_stats() override { return {}; }
};

/// Steps that cost nothing. What is not told to fail comes to its end.
struct FakeStep final : Step {
  std::map<int, std::function<Attempt()>> outcomes;  ///< of the n-th attempt, from 1
  std::function<void()> on_commit = [] {};
  std::optional<std::string> graph_problem;
  std::int64_t skipped = 0, in_a_row = 0;

  std::vector<StepPlan> plans;  ///< of all attempts
  std::vector<LearningRates> rates;
  int undone = 0;
  std::vector<float> losses;  ///< not yet taken

  static MemoryReading memory() {
    MemoryReading reading;
    reading.allocated = 10;
    reading.allocated_peak = reading.reserved = reading.reserved_peak = 50;
    reading.total = 100;
    return reading;
  }
  static Completed good() { return {in_place(), memory(), std::nullopt}; }
  static RanOutOfMemory shortage() {
    return {
        {30, "allocator", "refused"}, "train", {.allocated = 90, .reserved = 90, .total = 100}, 10};
  }

  Attempt attempt(const Batch&, const StepPlan& plan) override {
    plans.push_back(plan);
    const auto told = outcomes.find(static_cast<int>(plans.size()));
    return told == outcomes.end() ? good() : told->second();
  }
  void commit(Completed, LearningRates lr) override {
    on_commit();
    rates.push_back(lr);
    losses.push_back(1);
  }
  void undo(Completed) override { ++undone; }
  std::optional<std::string> take_graph_problem() override {
    return std::exchange(graph_problem, std::nullopt);
  }
  NamedValues take_mean_losses() override { return {{"l_g_l1loss", 1.0}}; }
  std::vector<std::pair<std::string, AdaptiveClipping::Window>> take_clipping() override {
    return {};
  }
  std::int64_t take_skipped() override { return std::exchange(skipped, 0); }
  std::int64_t skipped_in_a_row() const override { return in_a_row; }
};

/// Keeps in memory what is saved.
struct FakeCheckpoints final : CheckpointStore {
  struct Saved {
    SavedRun run;
    nlohmann::ordered_json sizes, automations;
  };
  std::vector<Saved> saved;
  std::vector<BestRecord> best;
  std::vector<CheckpointEvent> written;  ///< not yet taken; the path is the step
  std::vector<WarningEvent> warnings;    ///< not yet taken
  bool writes_late = false;              ///< nothing is written before finish()
  int finished = 0;
  std::function<void(const SavedRun&)> on_save = [](const SavedRun&) {};
  std::function<void()> on_finish = [] {};
  std::function<void()> on_save_best = [] {};

  void save(const SavedRun& run, const nlohmann::ordered_json& sizes,
            const nlohmann::ordered_json& automations) override {
    on_save(run);
    saved.push_back({run, sizes, automations});
    written.push_back({.path = std::to_string(run.state.step), .step = run.state.step});
  }
  void save_best(const BestRecord& record) override {
    on_save_best();
    best.push_back(record);
  }
  void finish() override {
    ++finished;
    on_finish();
  }
  std::vector<CheckpointEvent> take_written() override {
    return writes_late && finished == 0 ? std::vector<CheckpointEvent>()
                                        : std::exchange(written, {});
  }
  std::vector<WarningEvent> take_warnings() override { return std::exchange(warnings, {}); }
};

/// Gives each validation the next score, the last one for good.
struct FakeScorer final : Scorer {
  std::vector<double> scores{30};
  NamedValues second;  ///< of a second metric, one a validation
  std::function<void(std::int64_t step)> on_run = [](std::int64_t) {};
  std::vector<std::int64_t> steps;

  ValidationScores run(const ValidationSet&, std::int64_t step, const Listener& listener) override {
    steps.push_back(step);
    on_run(step);
    ValidationScores result;
    result.interrupted = listener.stop_wanted();
    result.metrics = {{"psnr", scores.front()}};
    if (!second.empty()) {
      result.metrics.push_back(second.front());
      second.erase(second.begin());
    }
    if (scores.size() > 1) {
      scores.erase(scores.begin());
    }
    return result;
  }
  int tile_size() const override { return 64; }
};

struct FakeMemory final : DeviceMemory {
  int emptied = 0;
  MemoryReading read() override { return FakeStep::memory(); }
  void reset_peak() override {}
  void empty_cache() override { ++emptied; }
  void synchronize() override {}
  void set_limit(std::optional<std::int64_t>) override {}
  std::int64_t last_refused_bytes() override { return 0; }
};

class KeepingReporter final : public Reporter {
 public:
  explicit KeepingReporter(std::vector<Event>& events) : events_(events) {}
  void on(const Event& event) override { events_.push_back(event); }

 private:
  std::vector<Event>& events_;
};

/// Batches of 4 at lq 32 for 6 steps; progress and a checkpoint every 2, no validation.
inline Config fake_config() {
  Config config;
  config.train.total_iter = 6;
  config.train_set.lq_size = 32;
  config.train_set.batch_size_per_gpu = 4;
  config.logger.print_freq = 2;
  config.logger.save_checkpoint_freq = 2;
  config.val.val_freq = 0;
  return config;
}

/// A validation of one set every 3 steps.
inline Config validating_config() {
  Config config = fake_config();
  config.val.val_freq = 3;
  config.val.metrics.push_back({"psnr", "calculate_psnr", 0, false, true});
  config.val_sets.emplace_back().name = "set5";
  return config;
}

/// A trainer and its parts. Change them, then train().
struct FakeRun {
  Config config;
  std::vector<ValidationSet> validation_sets;
  FakeMemory memory;
  FakeBatches batches;
  FakeStep step;
  Alone alone;
  Agreement* agreement = &alone;
  Numerics numerics{{}};
  std::unique_ptr<SizePolicy> sizes;
  LearningRate rate;
  Automations automations;
  FakeScorer scorer;
  FakeCheckpoints checkpoints;
  std::vector<Event> events;
  Report report;
  std::optional<StopRequest> stop;
  std::optional<std::string> host_notice;  ///< what is to be told of the machine, once
  double seconds = 0;                      ///< on the clock of this process
  TrainerStart start;

  explicit FakeRun(Config wanted = fake_config())
      : config(std::move(wanted)),
        sizes(make_size_policy(config, {.micro_batches_allowed = true, .environment = "test"},
                               numerics)),
        rate(config),
        automations(config, [this] { return std::exchange(step.losses, {}); }) {
    for (const DatasetConfig& set : config.val_sets) {
      validation_sets.push_back({set, {}, {}});
    }
    report.add(std::make_unique<KeepingReporter>(events));
    start.best_rule = "set5/psnr: calculate_psnr";
    start.counters_are_free = true;
  }

  ExitCode train() {
    Trainer trainer(
        {config, validation_sets, memory, batches, step, *agreement, *sizes, rate, automations,
         scorer, checkpoints, report, [this] { return stop; },
         [this] { return std::exchange(host_notice, std::nullopt); }, [this] { return seconds; }},
        start);
    return trainer.train();
  }

  template <typename Kind>
  std::vector<Kind> all() const {
    std::vector<Kind> found;
    for (const Event& event : events) {
      if (const auto* one = std::get_if<Kind>(&event.data)) {
        found.push_back(*one);
      }
    }
    return found;
  }
  EndEvent end() const { return all<EndEvent>().back(); }
  /// Steps whose states were saved, in order.
  std::vector<std::int64_t> saved_steps() const {
    std::vector<std::int64_t> steps;
    for (const FakeCheckpoints::Saved& one : checkpoints.saved) {
      steps.push_back(one.run.state.step);
    }
    return steps;
  }
};

}  // namespace sr::test
