#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "automation/dynamic_batch_size_optimizer.h"
#include "automation/window_meter.h"
#include "core/random.h"

// A device that exists as a formula, and a training loop around it: what the controller does over
// hundreds of windows on thousands of devices, in milliseconds.

namespace sr::test {

/// peak = (fixed + activations(P)) * (1 + noise), activations(P) = bytes_per_pixel * P^exponent
/// (scaled so that they agree at 64k pixels), `jump` more from `jump_from` pixels on, like a
/// library that changes its algorithm.
struct SimDeviceSpec {
  std::int64_t total = 1'000'000'000;
  std::int64_t fixed = 1'000'000;
  std::int64_t workspace = 0;  // constant, only during a step
  double bytes_per_pixel = 2000;
  double exponent = 1;
  double noise = 0;  // of activations, at most, in either direction
  double jump = 0;   // share of activations
  std::int64_t jump_from = 0;
  double recompute = 1;              // share of activations while blocks are computed twice
  double fragmentation = 1;          // reserved / allocated
  std::int64_t external = 0;         // held by others
  std::int64_t validation_peak = 0;  // what a validation pass allocates
  std::uint64_t seed = 1;
};

class SimDevice {
 public:
  explicit SimDevice(const SimDeviceSpec& spec) : spec_(spec), external_(spec.external) {
    reset_peak();
  }

  void set_external(std::int64_t bytes) { external_ = bytes; }
  /// Makes the next `count` attempts fail for want of memory whatever their size.
  void fail_next(int count) { forced_failures_ = count; }
  void add_retry() { ++retries_; }
  const SimDeviceSpec& spec() const { return spec_; }

  double mean_peak(TrainingSize size) const {
    const auto pixels = static_cast<double>(size.pixels());
    double bytes = spec_.bytes_per_pixel * pixels * std::pow(pixels / 65536.0, spec_.exponent - 1);
    if (spec_.jump > 0 && size.pixels() >= spec_.jump_from) {
      bytes *= 1 + spec_.jump;
    }
    return static_cast<double>(spec_.fixed + spec_.workspace) + bytes;
  }
  double mean_usage(TrainingSize size) const {
    return mean_peak(size) / static_cast<double>(spec_.total);
  }

  /// One forward and backward; nothing when it fitted.
  std::optional<FailureReading> attempt(std::int64_t step, TrainingSize size, int micro_batch,
                                        bool recompute = false) {
    const TrainingSize part{size.lq_size, micro_batch > 0 ? micro_batch : size.batch_size};
    const double draw =
        2 * unit(hash(spec_.seed, static_cast<std::uint64_t>(step), Stream::kStep)) - 1;
    const auto fixed = static_cast<double>(spec_.fixed);
    const double peak = fixed + (mean_peak(part) - fixed) * (1 + spec_.noise * draw) *
                                    (recompute ? spec_.recompute : 1);
    const double room = static_cast<double>(spec_.total - external_) / spec_.fragmentation;
    if (peak <= room && forced_failures_ == 0) {
      alloc_peak_ = std::max(alloc_peak_, static_cast<std::int64_t>(peak));
      reserved_peak_ =
          std::max(reserved_peak_, static_cast<std::int64_t>(peak * spec_.fragmentation));
      return std::nullopt;
    }
    forced_failures_ = std::max(0, forced_failures_ - 1);
    ++failures_;
    const double chance = unit(hash(spec_.seed, failures_, Stream::kCropX));
    FailureReading failure;
    failure.step = step;
    failure.requested = static_cast<std::int64_t>((0.05 + 0.3 * chance) * (peak - fixed)) + 1;
    failure.live =
        std::max(spec_.fixed,
                 static_cast<std::int64_t>(room - 0.9 * static_cast<double>(failure.requested)));
    failure.reserved =
        static_cast<std::int64_t>(static_cast<double>(failure.live) * spec_.fragmentation);
    failure.between_steps = spec_.fixed;
    failure.external = external_;
    failure.total = spec_.total;
    return failure;
  }

  StepReading read() const {
    return {alloc_peak_, reserved_peak_, spec_.fixed, external_, spec_.total, retries_};
  }
  void validate() {
    alloc_peak_ = std::max(alloc_peak_, spec_.validation_peak);
    reserved_peak_ = std::max(reserved_peak_, spec_.validation_peak);
  }
  void reset_peak() { alloc_peak_ = reserved_peak_ = spec_.fixed; }

 private:
  SimDeviceSpec spec_;
  std::int64_t external_;
  std::int64_t alloc_peak_ = 0;
  std::int64_t reserved_peak_ = 0;
  std::int64_t retries_ = 0;
  int forced_failures_ = 0;
  std::uint64_t failures_ = 0;
};

/// The training loop as far as the controller sees it. Every rule that must hold at any time is
/// checked on the way; what broke is in `violations`.
class SimRun {
 public:
  SimRun(const SimDeviceSpec& spec, const SizeControllerSettings& settings)
      : device(spec),
        settings_(settings),
        optimizer(settings),
        meter(settings.adjustment_frequency, 0) {}

  bool save_and_load = false;  ///< after every committed step, through text
  std::int64_t validate_every = 0;

  SimDevice device;

 private:
  SizeControllerSettings settings_;

 public:
  DynamicBatchSizeOptimizer optimizer;
  WindowMeter meter;
  std::int64_t step = 0;
  bool gave_up = false;
  std::vector<Decision> decisions;
  std::vector<Recovery> recoveries;
  std::vector<std::string> log;  ///< everything that was decided, as text
  std::vector<std::string> violations;

  void run_windows(int count) {
    const std::size_t until = decisions.size() + static_cast<std::size_t>(count);
    while (decisions.size() < until && !gave_up) {
      take_step();
    }
  }

  void take_step() {
    if (validate_every > 0 && step > 0 && step % validate_every == 0) {
      device.reset_peak();
      device.validate();
      device.reset_peak();
    }
    int failures = 0;
    while (const auto failure = device.attempt(step, optimizer.size(), optimizer.micro_batch(),
                                               optimizer.recompute())) {
      recover(*failure);
      if (gave_up) {
        return;
      }
      if (++failures > 60) {
        violations.push_back("a step failed 60 times without an end");
        gave_up = true;
        return;
      }
    }
    ++step;
    meter.add(device.read(), optimizer.size());
    device.reset_peak();
    reload();
    if (meter.complete()) {
      decide();
    }
  }

  /// 1-based window whose usage was inside the band for the first time; 0 = none.
  int first_window_in_band() const {
    for (std::size_t i = 0; i < decisions.size(); ++i) {
      if (in_band(decisions[i].usage)) {
        return static_cast<int>(i) + 1;
      }
    }
    return 0;
  }
  bool in_band(double usage) const {
    return std::abs(usage - settings_.target_vram_usage) <= settings_.safety_margin + 1e-12;
  }

 private:
  void decide() {
    const TrainingSize now = optimizer.size();
    const Decision decision = optimizer.decide(meter.take(), now);
    decisions.push_back(decision);
    log.push_back(fmt::format("{} {} {} {}x{} -> {}x{} {:.17g} {} {}", step, decision.reason,
                              name_of(decision.action), decision.from.lq_size,
                              decision.from.batch_size, decision.size.lq_size,
                              decision.size.batch_size, decision.predicted_usage,
                              decision.micro_batch, decision.recompute));
    require(decision.from == now && optimizer.size() == decision.size,
            "the answer is not about the size in use");
    require((decision.size == now) ==
                (decision.action == SizeAction::kHold || decision.action == SizeAction::kRecompute),
            "action and size disagree");
    if (decision.size != now) {
      require(step - last_decided_change_ >= settings_.adjustment_frequency,
              "two changes within a window");
      last_decided_change_ = step;
      require(!optimizer.frontier().blocked(decision.size), "a blocked size was proposed");
      const bool up =
          decision.action == SizeAction::kGrowLq || decision.action == SizeAction::kGrowBatch;
      require(up ? covers(decision.size, now) : covers(now, decision.size),
              "one dimension went the other way");
    }
    check_rules(decision.size);
  }

  void recover(const FailureReading& failure) {
    const TrainingSize now = optimizer.size();
    const Recovery recovery = optimizer.after_failure(failure, now);
    recoveries.push_back(recovery);
    log.push_back(fmt::format("{} oom {} {} {}x{} {}", step, name_of(recovery.kind),
                              recovery.reason, recovery.size.lq_size, recovery.size.batch_size,
                              recovery.micro_batch));
    gave_up = recovery.action == RecoveryAction::kGiveUp;
    require(optimizer.size() == recovery.size, "the answer is not in force");
    if (recovery.action == RecoveryAction::kRollBack) {
      require(recovery.size.pixels() < now.pixels(), "a rollback did not get smaller");
      require(recovery.size == optimizer.limits().minimum() ||
                  !optimizer.frontier().blocked(recovery.size),
              "a rollback went to a blocked size");
    } else {
      require(recovery.size == now, "the size changed without a rollback");
    }
    check_rules(recovery.size);
  }

  void check_rules(TrainingSize size) {
    require(size.lq_size >= settings_.min_lq_size && size.lq_size <= settings_.max_lq_size &&
                size.batch_size >= settings_.min_batch_size &&
                size.batch_size <= settings_.max_batch_size,
            "a bound was broken");
    require(
        size.lq_size % settings_.lq_multiple == 0 || size.lq_size == settings_.configured.lq_size,
        "lq_size is not a multiple");
    require(settings_.data_lq_limit == 0 ||
                size.lq_size <= std::max(settings_.data_lq_limit, settings_.configured.lq_size),
            "lq_size exceeds what the data allows");
    const auto& frontier = optimizer.frontier().genuine();
    for (const auto& a : frontier) {
      for (const auto& b : frontier) {
        require(&a == &b || !covers(a.size, b.size), "the frontier is no antichain");
      }
    }
    if (settings_.max_adjustments > 0) {
      require(optimizer.counters().adjustments <= settings_.max_adjustments,
              "too many adjustments");
    }
  }

  void reload() {
    if (!save_and_load) {
      return;
    }
    const std::string saved =
        Json{{"optimizer", optimizer.state()}, {"meter", meter.state()}}.dump();
    const Json read = Json::parse(saved);
    optimizer = DynamicBatchSizeOptimizer(settings_);
    require(optimizer.restore(read.at("optimizer")), "the own state was not recognised");
    meter = WindowMeter(settings_.adjustment_frequency, 0);
    meter.restore(read.at("meter"));
  }

  void require(bool holds, const std::string& rule) {
    if (!holds) {
      violations.push_back(fmt::format("step {}: {} (size {} x {})", step, rule,
                                       optimizer.size().lq_size, optimizer.size().batch_size));
    }
  }

  std::int64_t last_decided_change_ = -1'000'000;
};

}  // namespace sr::test
