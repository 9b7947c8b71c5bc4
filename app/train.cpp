#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <opencv2/core/utility.hpp>
#include <optional>
#include <utility>

#include "command_line.h"
#include "commands.h"
#include "config/resolved_text.h"
#include "core/signals.h"
#include "device/memory.h"
#include "dist/errors.h"
#include "dist/rank_process.h"
#include "dist/ranks.h"
#include "dist/together.h"
#include "resolve/load.h"
#include "say.h"
#include "train/data_sets.h"
#include "train/identity.h"
#include "train/rank_agreement.h"
#include "train/session.h"
#include "train/shared_stop.h"
#include "train/trainer.h"

namespace sr::app {
namespace {

/// A file that cannot be loaded has no say: all ranks are told why once they have met.
std::chrono::seconds rank_timeout(const TrainOptions& options) {
  if (options.rank_timeout_s) {
    return std::chrono::seconds(*options.rank_timeout_s);
  }
  try {
    const CommonOptions& common = options.common;
    return std::chrono::seconds(load_config(common.config, common.overrides).dist.timeout);
  } catch (const Error&) {
    return std::chrono::seconds(DistSettings{}.timeout);
  }
}

std::unique_ptr<Ranks> meet(const TrainOptions& options) {
  const Place place = place_of(environment_variable);
  if (place.alone()) {
    if (options.rank_timeout_s && place.launcher.empty()) {
      throw ConfigError(
          "--rank-timeout: this process has no others to wait for; a launcher starts several "
          "(docs/many_gpus.md)");
    }
    return std::make_unique<Ranks>(place);
  }
  use_processors_of_rank(place);
  print_errors_of_network_alone();
  return std::make_unique<Ranks>(place, rank_timeout(options));
}

/// The configuration as this program can train it with so many processes.
LoadedConfig load(const TrainOptions& options, const Ranks& ranks) {
  LoadedConfig loaded = load_config(options.common.config, options.common.overrides);
  if (loaded.num_gpu > 1 && ranks.roster().place.launcher.empty()) {
    throw ConfigError(fmt::format(
        "{}: num_gpu: {} asks for so many processes, which a launcher starts:\n"
        "  torchrun --standalone --nproc-per-node={} --no-python {}\n"
        "(torchrun comes with PyTorch; srun and mpirun do as well; docs/many_gpus.md). "
        "To train on one GPU: --set num_gpu=1",
        options.common.config, loaded.num_gpu, loaded.num_gpu, shell_text(own_words())));
  }
  if (options.replayed_ranks > 1) {
    if (!ranks.alone() || loaded.config.train_set.accum_iter > 1) {
      throw ConfigError(
          "--as-ranks: one process trains as several ranks of accum_iter 1, and this run has more");
    }
    loaded.config.train_set.accum_iter = options.replayed_ranks;
  }
  return loaded;
}

/// Rank 0 first: where the others share its host they find every file checked.
DataSets list_in_turns(const Config& config, Verbosity verbosity, Ranks& ranks) {
  DataSets sets;
  together(ranks, [&] {
    if (ranks.is_first()) {
      sets = list_data_sets(config, verbosity);
    }
  });
  together(ranks, [&] {
    if (!ranks.is_first()) {
      sets = list_data_sets(config, Verbosity::kQuiet);
    }
  });
  return sets;
}

void require_same(Ranks& ranks, const std::string& own, const std::string& what) {
  const std::string first = ranks.from(0, own);
  together(ranks, [&] {
    if (own != first) {
      throw ConfigError(fmt::format("{} is not that of rank 0", what));
    }
  });
}

std::string text_of(const DataSets& sets, const Config& config) {
  std::string text = fingerprint(sets.training.pairs, config.train_set);
  for (const auto& [name, rule] : scoring_rules(sets.validation, config.val)) {
    text += "\n" + name + " " + rule;
  }
  return text;
}

ExitCode train_with(Ranks& ranks, const TrainOptions& options, Report::Clock::time_point started) {
  LoadedConfig loaded;
  together(ranks, [&] { loaded = load(options, ranks); });
  DataSets sets = list_in_turns(loaded.config, options.common.verbosity, ranks);
  if (!ranks.alone()) {
    loaded.config.manual_seed =
        std::stoull(ranks.from(0, std::to_string(loaded.config.manual_seed)));
    Config same = loaded.config;
    same.memory_limit.reset();  // which may differ as the devices do
    require_same(ranks, resolved_yaml(same), "the configuration of this rank");
    require_same(ranks, text_of(sets, loaded.config), "the list of this rank's files");
  }
  std::optional<StopSignals> signals;  // from the first step on; before it, they end the program
  SharedStop stop([&]() -> std::optional<StopRequest> {
    const std::optional<ExitCode> code = signals ? signals->requested() : std::nullopt;
    return code ? std::optional(StopRequest{*code, signals->name()}) : std::nullopt;
  });
  TrainerOptions wanted;
  wanted.resume = {options.auto_resume, options.resume, ranks.roster().place.restart > 0};
  wanted.verbosity = options.common.verbosity;
  wanted.started = started;
  wanted.replayed_ranks = options.replayed_ranks;
  together(ranks, [&] { wanted.device = device_of_rank(options.device, ranks.roster().place); });
  Session session = open_session(std::move(loaded), std::move(sets), wanted, ranks, stop);
  signals.emplace();
  // A launcher's command is not known here.
  session.start.go_on = ranks.roster().place.launcher.empty()
                            ? shell_text(resuming_words(own_words()))
                            : "the same command with --auto-resume";
  if (ranks.alone()) {
    Alone alone;
    Trainer trainer(parts_of(session, alone, [&] { return stop.own(); }), session.start);
    return trainer.train();
  }
  RankAgreement agreement(ranks, *session.sums, stop, session.device.is_cuda());
  Trainer trainer(parts_of(session, agreement, [&] { return stop.agreed(); }), session.start);
  ExitCode code = ExitCode::kDone;
  together(ranks, [&] { code = trainer.train(); });
  return code;
}

}  // namespace

ExitCode train(const TrainOptions& options) {
  const auto started = Report::Clock::now();
  install_cpu_allocator();
  cv::setNumThreads(1);  // decoding threads are ours; OpenCV must not add its own
  std::unique_ptr<Ranks> ranks;
  try {
    ranks = meet(options);
    return train_with(*ranks, options, started);
  } catch (const SharedError& error) {
    if (ranks->is_first()) {
      throw;
    }
    return error.exit_code();  // rank 0 says it for all
  } catch (const RankLostError& error) {
    const std::string speaker = ranks ? fmt::format("rank {}: ", ranks->rank()) : "";
    say_error(fmt::format("sr-train: {}{}\n", speaker, error.what()));
    std::fflush(nullptr);
    // No destructor waits for work that needs the one who is lost.
    ::_exit(static_cast<int>(error.exit_code()));
  }
}

}  // namespace sr::app
