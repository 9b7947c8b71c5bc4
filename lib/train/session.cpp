#include "train/session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <algorithm>
#include <new>
#include <set>
#include <string>
#include <utility>

#include "arch/catalogue.h"
#include "config/resolved_text.h"
#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/host.h"
#include "core/host_memory.h"
#include "core/units.h"
#include "device/device_stream.h"
#include "device/out_of_memory.h"
#include "device/step_threads.h"
#include "dist/together.h"
#include "report/html_report.h"
#include "train/announcement.h"
#include "train/identity.h"
#include "train/must_fit.h"
#include "train/precision.h"
#include "train/pretrained.h"
#include "train/program_files.h"
#include "train/session_state.h"

namespace sr {
namespace {

/// `local_ranks` processes share the host's processors.
int decoding_threads(const Auto<int>& wanted, int local_ranks) {
  constexpr int kMost = 8;
  return std::max(1, wanted.value_or(std::min(usable_cpus() / local_ranks, kMost)));
}

/// This process's part of what is configured for a host.
CacheSetting cache_of_rank(const CacheSetting& setting, int local_ranks) {
  if (local_ranks == 1) {
    return setting;
  }
  const std::int64_t budget = cache_budget(setting, HostMemoryReader().read().available);
  return {CacheMode::kBytes, budget / local_ranks};
}

/// Of a rank that leaves saving to the first.
class NoCheckpoints final : public CheckpointStore {
 public:
  void save(const SavedRun&, const nlohmann::ordered_json&,
            const nlohmann::ordered_json&) override {}
  void save_best(const BestRecord&) override {}
  void finish() override {}
  std::vector<CheckpointEvent> take_written() override { return {}; }
  std::vector<WarningEvent> take_warnings() override { return {}; }
};

std::shared_ptr<std::byte> allocate_page_locked(std::size_t bytes) {
  const auto options = at::TensorOptions().dtype(at::kByte).pinned_memory(true);
  at::Tensor owner;
  const auto allocate = [&] { owner = at::empty({static_cast<std::int64_t>(bytes)}, options); };
  if (run_or_out_of_memory(allocate, [] { return false; })) {
    throw std::bad_alloc();  // the host's memory, although the device's driver refused it
  }
  auto* memory = static_cast<std::byte*>(owner.mutable_data_ptr());
  return {memory, [owner](std::byte*) {}};
}

void load_weights(const PretrainedNetwork& one, Remarks& remarks) {
  const PretrainedReport found = load_pretrained(one.weights, *one.network);
  remarks.notices.insert(remarks.notices.end(), found.notices.begin(), found.notices.end());
  remarks.warn(found.warnings);
}

c10::Device choose_device(const std::string& request, Remarks& remarks) {
  DeviceChoice choice = open_device(request);
  if (!choice.note.empty()) {
    remarks.warnings.insert(remarks.warnings.begin(), std::move(choice.note));
  }
  if (choice.device.is_cpu()) {
    take_short_turns();  // before LibTorch's threads are started, which inherit it
  }
  return choice.device;
}

std::unique_ptr<Networks> build_networks(const Config& config, bool fresh, DeviceMemory& memory,
                                         Remarks& remarks) {
  std::unique_ptr<Networks> networks;
  const std::string programs = program_files(config);
  must_fit(fmt::format("the network (generator, its average, discriminator{}{})",
                       programs.empty() ? "" : "; ", programs),
           memory, [&] { networks = std::make_unique<Networks>(make_networks(config)); });
  if (fresh) {  // a state has all weights; the file the run began with may be long gone
    must_fit("the network with pretrained weights", memory, [&] {
      for (const PretrainedNetwork& one : pretrained_networks(config.path, *networks)) {
        load_weights(one, remarks);
      }
    });
  }
  if (networks->teacher) {  // no state has its weights
    const PretrainedNetwork teacher = pretrained_teacher(config.path, *networks);
    must_fit("the teacher with its weights", memory, [&] { load_weights(teacher, remarks); });
    networks->teacher_checksum = checksum_text(file_checksum(teacher.weights.file));
  }
  return networks;
}

std::unique_ptr<TrainStep> build_step(const Config& config, Networks& networks,
                                      DeviceMemory& memory, c10::Device device) {
  std::unique_ptr<TrainStep> step;
  must_fit("the network with gradients, optimizer state, averages and networks of losses", memory,
           [&] {
             networks.to(device, wants_channels_last(config, device));
             step = std::make_unique<TrainStep>(config, networks, memory, device);
           });
  return step;
}

SizeSurroundings size_surroundings(const Config& config, const PairList& training,
                                   const Networks& networks, const TrainStep& step) {
  SizeSurroundings surroundings;
  // The smallest multiple of what the network works in that is a step worth taking.
  constexpr int kLeastStep = 8;
  const int multiple = networks.generator->size_multiple();
  surroundings.lq_multiple = (kLeastStep + multiple - 1) / multiple * multiple;
  surroundings.largest_lq_size =
      largest_lq_size(training.pairs, config.train_set.small_images, surroundings.lq_multiple);
  surroundings.recompute_allowed = config.train.recompute == Recompute::kAuto &&
                                   arch::can_compute_twice(config.network_g.options);
  surroundings.recompute_on = arch::computes_twice(config.network_g.options);
  surroundings.micro_batches_allowed =
      step.loss_is_mean_over_samples() && !arch::mixes_samples(config.network_g.options);
  return surroundings;
}

std::unique_ptr<Report> build_report(const Config& config, const std::filesystem::path& folder,
                                     const TrainerOptions& options) {
  auto report = std::make_unique<Report>(options.started);
  report->add(make_console_reporter(options.verbosity));
  report->add(make_log_reporter(folder));
  report->add(make_jsonl_reporter(folder));
  if (config.logger.use_tb_logger) {
    report->add(make_tensorboard_reporter(folder));
  }
  report->add(make_html_reporter(folder));
  return report;
}

std::unique_ptr<Loader> build_loader(const PairList& training, Session& session,
                                     const TrainerOptions& wanted, const Ranks& ranks,
                                     Remarks& remarks) {
  const Config& config = *session.config;
  TrainerStart& start = session.start;
  const DatasetConfig& set = config.train_set;
  const Sampler sampler(make_sample_order(training, set, config.scale, config.manual_seed),
                        config.manual_seed, set.use_hflip, set.use_rot);
  start.samples_per_epoch =
      samples_per_epoch(set, training.pairs.size(), sampler.order().samples_per_pass());
  Loader::Options options;
  options.scale = config.scale;
  options.clip_size = set.clip_size;
  options.threads = decoding_threads(set.num_worker_per_gpu, ranks.roster().place.local_world);
  options.small_images = set.small_images;
  options.cache = cache_of_rank(set.cache, ranks.roster().place.local_world);
  options.parts_in_turns = wanted.replayed_ranks;
  if (!ranks.alone()) {
    options.share = {start.state.cursor, static_cast<std::uint64_t>(ranks.world()),
                     static_cast<std::uint64_t>(ranks.rank())};
  }
  options.degradation = set.degradation;
  options.sharpened_gt = need_sharpened_gt(config.train.losses);
  if (session.device.is_cuda()) {
    options.allocate = allocate_page_locked;
  }
  auto loader = std::make_unique<Loader>(training, sampler, options);
  const std::int64_t needed = decoded_bytes(training, config.scale);
  if (needed > loader->cache_bytes() && set.crops_per_decode == 1) {
    remarks.notices.push_back(fmt::format(
        "datasets.train: the decoded set takes {}, its cache {}: with crops_per_decode: "
        "8 the rest would be decoded once for 8 samples",
        format_bytes(needed), format_bytes(loader->cache_bytes())));
  }
  return loader;
}

void open_hardware(Session& session, const Config& config, const TrainerOptions& options,
                   Remarks& remarks) {
  session.device = choose_device(options.device, remarks);
  session.numerics = std::make_unique<Numerics>(
      Numerics::Choice{.deterministic = config.deterministic, .fast_matmul = config.fast_matmul});
  use_device(session.device);
  session.memory = open_device_memory(session.device, config.memory_limit);
}

/// A seed that was drawn gives way to that of the state: with another one samples, mixing and noise
/// would change in the middle of the run.
void keep_seed(const ResumePoint& point, LoadedConfig& loaded, Remarks& remarks) {
  if (point.file && !loaded.seeded) {
    loaded.config.manual_seed = seed_of(point);
    remarks.notices.push_back(fmt::format("manual_seed is not set: it stays {}, as in the state",
                                          loaded.config.manual_seed));
  }
}

void build_training(Session& session, bool fresh, Ranks& ranks, Remarks& remarks) {
  const Config& config = *session.config;
  session.networks = build_networks(config, fresh, *session.memory, remarks);
  session.step = build_step(config, *session.networks, *session.memory, session.device);
  session.step->share_with(ranks.world(), ranks.rank());
  must_fit("what the ranks send each other", *session.memory, [&] {
    session.sums = std::make_unique<RankSums>(ranks, *session.networks, *session.step);
  });
}

/// What measurements depend on, the same on all ranks: their memory may differ, and all decide by
/// the reading of the tightest. `own`: of this rank alone.
std::string common_environment(const std::string& own, Ranks& ranks) {
  std::set<std::string> all;
  for (int rank = 0; rank < ranks.world(); ++rank) {
    all.insert(ranks.from(rank, own));
  }
  return fmt::format("{}", fmt::join(all, " and "));
}

void build_policies(Session& session, const DataSets& sets, const std::string& environment) {
  const Config& config = *session.config;
  SizeSurroundings surroundings =
      size_surroundings(config, sets.training, *session.networks, *session.step);
  surroundings.cuda = session.device.is_cuda();
  surroundings.environment = environment;
  session.sizes = make_size_policy(config, std::move(surroundings), *session.numerics);
  session.rate = std::make_unique<LearningRate>(config);
  session.automations = std::make_unique<Automations>(
      config, [step = session.step.get()] { return step->take_losses(); });
  session.automations->use_rules(scoring_rules(sets.validation, config.val));
}

/// What a run leaves behind; `keeps`: this process is the one that has a folder and reports.
void build_outputs(Session& session, const DataSets& sets, const TrainerOptions& options,
                   const ResumePoint& point, bool keeps) {
  const Config& config = *session.config;
  if (keeps) {
    session.folder = std::make_unique<ExperimentFolder>(open_folder(config, point));
    session.layout = std::make_unique<const ExperimentLayout>(session.folder->layout());
    session.report = build_report(config, session.layout->folder(), options);
  } else {
    session.layout = std::make_unique<const ExperimentLayout>(own_layout(config));
    session.report = std::make_unique<Report>();
    session.checkpoints = std::make_unique<NoCheckpoints>();
  }
  session.validator = std::make_unique<Validator>(config, *session.step, session.device,
                                                  *session.memory, *session.layout);
  session.start.best_rule = best_rule(sets.validation, config.val);
  session.start.counters_are_free = session.device.is_cpu();
  session.start.folder = session.layout->folder().string();
}

std::function<std::optional<std::string>()> watch_host(c10::Device device) {
  if (!device.is_cpu()) {
    return [] { return std::nullopt; };
  }
  return [threads = std::make_shared<StepThreads>()] { return threads->after_step(); };
}

}  // namespace

Session open_session(LoadedConfig loaded, DataSets sets, const TrainerOptions& options,
                     Ranks& ranks, SharedStop& stop) {
  Remarks remarks{std::move(loaded.notices), std::move(loaded.warnings)};
  Session session;
  ResumePoint point;
  const bool keeps = ranks.is_first() && !options.trial;
  together(ranks, [&] {
    open_hardware(session, loaded.config, options, remarks);
    remarks.warn(sets.warnings);
    if (keeps) {
      point = find_resume_point(loaded.config, options.resume);
      keep_seed(point, loaded, remarks);
    }
  });
  loaded.config.manual_seed = std::stoull(ranks.from(0, std::to_string(loaded.config.manual_seed)));
  session.config = std::make_unique<const Config>(std::move(loaded.config));
  std::string environment;
  together(ranks, [&] {
    build_training(session, !point.file && ranks.is_first(), ranks, remarks);
    environment = measurement_key(*session.config, *session.networks, *session.memory,
                                  device_name(session.device));
  });
  environment = common_environment(environment, ranks);
  together(ranks, [&] {
    build_policies(session, sets, environment);
    build_outputs(session, sets, options, point, keeps);
    if (keeps) {
      settle_state(session, sets, point, ranks, remarks);
    }
  });
  if (!ranks.alone()) {
    session.sums->connect(session.config->deterministic ? SumOrder::kByRank : SumOrder::kFastest);
    share_state(session, ranks);
    session.validator->deal_over(ranks, stop);
  }
  together(ranks, [&] {
    session.start.state.use_rules(scoring_rules(sets.validation, session.config->val));
    session.loader = build_loader(sets.training, session, options, ranks, remarks);
    if (keeps) {
      write_file_atomically(session.layout->config_path(), resolved_yaml(*session.config));
      announce(*session.report, session.start.state.step,
               {*session.config, session.device, *session.memory, *session.networks->generator,
                *session.folder, point, ranks},
               remarks);
    }
    if (options.trial) {
      session.report->add(make_console_reporter(Verbosity::kQuiet));
      for (const std::string& warning : remarks.warnings) {
        (*session.report)(0, WarningEvent{warning, ""});
      }
    }
  });
  session.validation_sets = std::move(sets.validation);
  session.look_at_host = watch_host(session.device);
  return session;
}

TrainerParts parts_of(Session& session, Agreement& agreement,
                      std::function<std::optional<StopRequest>()> stop_requested) {
  return {*session.config,
          session.validation_sets,
          *session.memory,
          *session.loader,
          *session.step,
          agreement,
          *session.sizes,
          *session.rate,
          *session.automations,
          *session.validator,
          *session.checkpoints,
          *session.report,
          std::move(stop_requested),
          session.look_at_host,
          [start = Report::Clock::now()] {
            return std::chrono::duration<double>(Report::Clock::now() - start).count();
          }};
}

}  // namespace sr
