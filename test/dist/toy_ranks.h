#pragma once

// Small networks trained by several ranks, for tests of what they agree on. Include after the
// LibTorch headers.

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dist/ranks.h"
#include "support/losses.h"
#include "support/networks.h"
#include "train/rank_agreement.h"
#include "train/rank_sums.h"
#include "train/shared_stop.h"
#include "train/toy_run.h"

namespace sr::test {

inline constexpr int kSide = 8;
inline constexpr int kPart = 2;  ///< samples of a rank
inline constexpr int kSteps = 4;
inline constexpr LearningRates kRates{1e-3, 1e-3};
/// Of a StepPlan: blocks are computed twice, so that the backward pass allocates as well.
inline constexpr bool kRecompute = true, kSettled = true;

inline Config plain_config() {
  Config config = small_config();
  config.deterministic = true;
  config.train.grad_clip = true;
  config.train.grad_clip_max_norm = 0.05;
  return config;
}

inline Config gan_config() {
  Config config = plain_config();
  config.train.losses.push_back(loss_named("ganloss", 0.1));
  config.network_d = small_discriminator("unetdiscriminatorsn");
  config.train.optim_d.emplace();
  return config;
}

/// Part `part` of the samples of a step, or, of all parts, the whole.
inline HostImages images_of(std::int64_t step, std::optional<int> part, int parts) {
  HostImages whole(kPart * parts, kSide, static_cast<std::uint64_t>(100 * step + 1));
  if (!part) {
    return whole;
  }
  HostImages own(kPart, kSide, 0);
  const auto copy = [&](const std::vector<std::uint8_t>& from, std::vector<std::uint8_t>& to) {
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(to.size()) * *part, to.size(),
                to.begin());
  };
  copy(whole.lq, own.lq);
  copy(whole.gt, own.gt);
  return own;
}

/// What is left of training: all bytes, and the means that were reported.
struct Trained {
  std::vector<float> bytes;
  NamedValues means;
  int failures = 0;
  int undone = 0;
};

inline Trained train_alone(const Config& config, int parts) {
  at::set_num_threads(1);
  ToyRun run(config);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const HostImages images = images_of(step, std::nullopt, parts);
    run.attempt(images.batch, {parts, 0}, step);
    run.commit(kRates);
  }
  return {run.snapshot(), run.step->take_mean_losses(), 0, 0};
}

/// Counts what is given back.
class CountingStep final : public Step {
 public:
  CountingStep(TrainStep& step, int& undone) : step_(step), undone_(undone) {}
  Attempt attempt(const Batch& batch, const StepPlan& plan) override {
    return step_.attempt(batch, plan);
  }
  void commit(Completed step, LearningRates lr) override { step_.commit(std::move(step), lr); }
  void undo(Completed step) override {
    ++undone_;
    step_.undo(std::move(step));
  }
  std::optional<std::string> take_graph_problem() override { return std::nullopt; }
  NamedValues take_mean_losses() override { return step_.take_mean_losses(); }
  std::vector<std::pair<std::string, AdaptiveClipping::Window>> take_clipping() override {
    return {};
  }
  std::int64_t take_skipped() override { return step_.take_skipped(); }
  std::int64_t skipped_in_a_row() const override { return step_.skipped_in_a_row(); }

 private:
  TrainStep& step_;
  int& undone_;
};

/// What happens to a rank's attempts.
struct Mishap {
  /// Makes the attempt, and what happens to it before the others hear of it.
  std::function<Attempt(int rank, std::int64_t step, int attempt,
                        const std::function<Attempt()>& make, TrainStep& step_of_rank)>
      attempt = [](int, std::int64_t, int, const std::function<Attempt()>& make, TrainStep&) {
        return make();
      };
  /// Called when all have agreed, before anything is committed.
  std::function<void()> agreed = [] {};
};

inline void train_rank(Ranks& ranks, const Config& config, SumOrder order, const Mishap& mishap,
                       Trained& result) {
  at::set_num_threads(1);  // each thread has its own setting
  ToyRun run(config);
  run.step->share_with(ranks.world(), ranks.rank());
  RankSums sums(ranks, run.networks, *run.step);
  sums.connect(order);
  SharedStop stop([] { return std::nullopt; });
  RankAgreement agreement(ranks, sums, stop, false);
  CountingStep step(*run.step, result.undone);
  for (std::int64_t number = 0; number < kSteps; ++number) {
    const HostImages images = images_of(number, ranks.rank(), ranks.world());
    for (int attempt = 1;; ++attempt) {
      const auto make = [&] {
        return step.attempt(images.batch, {{1, 0}, number, kRecompute, kSettled});
      };
      Attempt own = mishap.attempt(ranks.rank(), number, attempt, make, *run.step);
      const StepPlace place{number, 0, images.batch.size};
      Attempt agreed = agreement.agree(std::move(own), place, step);
      mishap.agreed();
      if (auto* done = std::get_if<Completed>(&agreed)) {
        step.commit(std::move(*done), kRates);
        break;
      }
      ++result.failures;
    }
  }
  result.bytes = run.snapshot();
  result.means = run.step->take_mean_losses();
}

}  // namespace sr::test
