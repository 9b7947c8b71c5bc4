#include "train/session.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <new>
#include <utility>

#include "core/atomic_file.h"
#include "core/host.h"
#include "core/units.h"
#include "device/device_stream.h"
#include "device/out_of_memory.h"
#include "device/step_threads.h"
#include "report/html_report.h"
#include "train/announcement.h"
#include "train/identity.h"
#include "train/must_fit.h"
#include "train/precision.h"
#include "train/pretrained.h"
#include "train/saved_json.h"

namespace sr {
namespace {

int decoding_threads(const Auto<int>& wanted) {
  return std::max(1, wanted.value_or(std::min(usable_cpus(), 8)));
}

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

void load_pretrained_weights(const Config& config, Networks& networks, Remarks& remarks) {
  const auto load = [&](const PretrainedWeights& weights, Module& network) {
    const PretrainedReport found = load_pretrained(weights, network);
    remarks.notices.insert(remarks.notices.end(), found.notices.begin(), found.notices.end());
    remarks.warn(found.warnings);
  };
  const PathConfig& path = config.path;
  if (path.pretrain_network_g) {
    load({*path.pretrain_network_g, path.param_key_g, path.strict_load_g}, *networks.generator);
  }
  if (path.pretrain_network_d && networks.discriminator) {
    load({*path.pretrain_network_d, path.param_key_d, path.strict_load_d}, *networks.discriminator);
  }
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
  must_fit("the network (generator, its average, discriminator)", memory,
           [&] { networks = std::make_unique<Networks>(make_networks(config)); });
  if (fresh) {  // a state has all weights; the file the run began with may be long gone
    must_fit("the network with pretrained weights", memory,
             [&] { load_pretrained_weights(config, *networks, remarks); });
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
  surroundings.micro_batches_allowed = step.loss_is_mean_over_samples();
  return surroundings;
}

std::unique_ptr<Report> build_report(const Config& config, const std::filesystem::path& folder,
                                     Verbosity verbosity) {
  auto report = std::make_unique<Report>();
  report->add(make_console_reporter(verbosity));
  report->add(make_log_reporter(folder));
  report->add(make_jsonl_reporter(folder));
  if (config.logger.use_tb_logger) {
    report->add(make_tensorboard_reporter(folder));
  }
  report->add(make_html_reporter(folder));
  return report;
}

/// The parts that a training state is put into.
struct Restored {
  Checkpoints& checkpoints;
  SizePolicy& sizes;
  LearningRate& rate;
  Automations& automations;
  Validator& validator;
};

/// Fills the parts with what the state of `point` holds and returns the trainer's own; a run that
/// begins anew has nothing to fill in.
RunState restore(ResumePoint& point, const Restored& parts, DeviceMemory& memory,
                 Remarks& remarks) {
  if (!point.file) {
    return {};
  }
  RestoredRun restored;
  must_fit("the state " + point.file->string(), memory,
           [&] { restored = parts.checkpoints.restore(*point.file, std::move(point.state)); });
  parts.rate.set_ramp(restored.run.ramp);
  naming_state(*point.file, [&] {
    parts.sizes.load(restored.sizes, restored.run.size);
    parts.automations.load(restored.automations);
  });
  parts.validator.set_tile_size(restored.run.state.validation_tile);
  remarks.warn(restored.warnings);
  return restored.run.state;
}

std::unique_ptr<Loader> build_loader(const Config& config, const PairList& training,
                                     c10::Device device, TrainerStart& start, Remarks& remarks) {
  const DatasetConfig& set = config.train_set;
  const Sampler sampler(make_sample_order(training, set, config.scale, config.manual_seed),
                        config.manual_seed, set.use_hflip, set.use_rot);
  start.samples_per_epoch =
      samples_per_epoch(set, training.pairs.size(), sampler.order().samples_per_pass());
  Loader::Options options;
  options.scale = config.scale;
  options.clip_size = set.clip_size;
  options.threads = decoding_threads(set.num_worker_per_gpu);
  options.small_images = set.small_images;
  options.cache = set.cache;
  options.degradation = set.degradation;
  options.sharpened_gt = need_sharpened_gt(config.train.losses);
  if (device.is_cuda()) {
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

std::function<std::optional<std::string>()> watch_host(c10::Device device) {
  if (!device.is_cpu()) {
    return [] { return std::nullopt; };
  }
  return [threads = std::make_shared<StepThreads>()] { return threads->after_step(); };
}

}  // namespace

Session open_session(LoadedConfig loaded, DataSets sets, const TrainerOptions& options) {
  Remarks remarks{std::move(loaded.notices), std::move(loaded.warnings)};
  auto owned_config = std::make_unique<const Config>(std::move(loaded.config));
  const Config& config = *owned_config;
  const c10::Device device = choose_device(options.device, remarks);
  remarks.warn(sets.warnings);
  auto numerics = std::make_unique<Numerics>(
      Numerics::Choice{.deterministic = config.deterministic, .fast_matmul = config.fast_matmul});
  use_device(device);
  auto memory = open_device_memory(device, config.memory_limit);
  ResumePoint point = find_resume_point(config, options.resume);
  auto networks = build_networks(config, !point.file, *memory, remarks);
  auto step = build_step(config, *networks, *memory, device);
  SizeSurroundings surroundings = size_surroundings(config, sets.training, *networks, *step);
  surroundings.cuda = device.is_cuda();
  surroundings.environment = measurement_key(config, *networks, *memory, device_name(device));
  auto sizes = make_size_policy(config, std::move(surroundings), *numerics);
  auto rate = std::make_unique<LearningRate>(config);
  auto automations =
      std::make_unique<Automations>(config, [step = step.get()] { return step->take_losses(); });
  auto folder = std::make_unique<ExperimentFolder>(open_folder(config, point));
  const ExperimentLayout& layout = folder->layout();
  auto report = build_report(config, layout.folder(), options.verbosity);
  auto validator = std::make_unique<Validator>(config, *step, device, *memory, layout);
  auto checkpoints = std::make_unique<Checkpoints>(
      config, layout, *networks, *step,
      Checkpoints::Identity{fingerprint(sets.training.pairs, config.train_set),
                            device_name(device)});

  const auto rules = scoring_rules(sets.validation, config.val);
  automations->use_rules(rules);
  TrainerStart start;
  start.best_rule = best_rule(sets.validation, config.val);
  start.resumed = point.file.has_value();
  start.state =
      restore(point, {*checkpoints, *sizes, *rate, *automations, *validator}, *memory, remarks);
  if (start.resumed) {
    remarks.warn(settle_folder(config, layout, point, start.best_rule, start.state));
  }
  start.state.use_rules(rules);
  start.counters_are_free = device.is_cpu();
  start.folder = layout.folder().string();
  auto loader = build_loader(config, sets.training, device, start, remarks);
  write_file_atomically(layout.config_path(), resolved_yaml(config));
  announce(*report, start.state.step,
           {config, device, *memory, *networks->generator, *folder, point}, remarks);
  return {std::move(owned_config), std::move(sets.validation),
          std::move(numerics),     std::move(memory),
          std::move(networks),     std::move(step),
          std::move(sizes),        std::move(rate),
          std::move(automations),  std::move(folder),
          std::move(report),       std::move(validator),
          std::move(checkpoints),  std::move(loader),
          std::move(start),        watch_host(device)};
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
          session.look_at_host};
}

}  // namespace sr
