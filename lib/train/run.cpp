#include "train/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ATen/Parallel.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>

#include "checkpoint/experiment_pictures.h"
#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/host.h"
#include "core/units.h"
#include "core/version.h"
#include "device/device_stream.h"
#include "device/out_of_memory.h"
#include "report/html_report.h"
#include "train/best_score.h"
#include "train/must_fit.h"
#include "train/pretrained.h"
#include "train/saved_json.h"

namespace sr {
namespace {

/// Identifies what the sample sequence rests on beside the seed: the training files and how they
/// are gone through.
std::string fingerprint(const std::vector<ImagePair>& pairs, const DatasetConfig& set) {
  std::string names = fmt::format("{} crops, {} frames, weights {}\n", set.crops_per_decode,
                                  set.clip_size, fmt::join(set.dataroot_weights, " "));
  for (const ImagePair& pair : pairs) {
    names += pair.stem + '\n';
  }
  return checksum_text(checksum(std::as_bytes(std::span(names))));
}

int decoding_threads(const Auto<int>& wanted) {
  return std::max(1, wanted.value_or(std::min(usable_cpus(), 8)));
}

/// What a memory measurement depends on: device, its total, LibTorch, networks, losses, precision.
std::string measurement_key(const Config& config, const Networks& networks, DeviceMemory& memory,
                            const std::string& device) {
  std::string key = fmt::format("{}; {} bytes; LibTorch {}; amp {}", device, memory.read().total,
                                TORCH_VERSION, config.use_amp);
  const auto add = [&key](const Module& network) {
    for (const auto& [name, value] : network.description()) {
      key += fmt::format("; {} {}", name, value);
    }
  };
  add(*networks.generator);
  if (networks.discriminator) {
    add(*networks.discriminator);
  }
  for (const LossConfig& loss : config.train.losses) {
    key += "; " + loss.type + (loss.gt_usm ? " of sharpened GT" : "");
  }
  return key;
}

std::int64_t count_parameters(const Network& network) {
  std::int64_t count = 0;
  for (const NamedTensor& parameter : network.parameters()) {
    count += parameter.tensor.numel();
  }
  return count;
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

void load_pretrained_weights(const Config& config, Networks& networks,
                             std::vector<std::string>& notices,
                             std::vector<std::string>& warnings) {
  const auto load = [&](const PretrainedWeights& weights, Module& network) {
    const PretrainedReport found = load_pretrained(weights, network);
    notices.insert(notices.end(), found.notices.begin(), found.notices.end());
    warnings.insert(warnings.end(), found.warnings.begin(), found.warnings.end());
  };
  const PathConfig& path = config.path;
  if (path.pretrain_network_g) {
    load({*path.pretrain_network_g, path.param_key_g, path.strict_load_g}, *networks.generator);
  }
  if (path.pretrain_network_d && networks.discriminator) {
    load({*path.pretrain_network_d, path.param_key_d, path.strict_load_d}, *networks.discriminator);
  }
}

/// The folder of this configuration, whether it is there or not.
ExperimentLayout own_layout(const Config& config) {
  return ExperimentLayout(std::filesystem::path(config.path.experiments_root) / config.name);
}

void set_numerics(const Config& config) {
  at::set_num_threads(std::min(at::get_num_threads(), usable_cpus()));
  auto& context = at::globalContext();
  context.setAllowTF32CuDNN(true);  // PyTorch's default, and so that of the Python trainers
  context.setAllowTF32CuBLAS(config.fast_matmul);
  context.setBenchmarkCuDNN(!config.deterministic);
  context.setDeterministicCuDNN(config.deterministic);
  // Where LibTorch has no deterministic algorithm it says so and goes on.
  context.setDeterministicAlgorithms(config.deterministic, /*warn_only=*/true);
  // A search for reads of fresh memory, which costs a pass over all of it.
  context.setDeterministicFillUninitializedMemory(false);
  if (config.deterministic) {
    constexpr int kKeepOthers = 0;
    ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", kKeepOthers);  // read by the first cuBLAS call
  }
}

}  // namespace

Run::Run(LoadedConfig loaded_config, DataSets sets, const TrainerOptions& options)
    : loaded(std::move(loaded_config)),
      config(loaded.config),
      training(std::move(sets.training)),
      validation_sets(std::move(sets.validation)),
      device(c10::kCPU) {
  std::vector<std::string> warnings = loaded.warnings;
  DeviceChoice choice = open_device(options.device);
  device = choice.device;
  if (!choice.note.empty()) {
    warnings.insert(warnings.begin(), std::move(choice.note));
  }
  warnings.insert(warnings.end(), sets.warnings.begin(), sets.warnings.end());
  if (device.is_cpu()) {
    take_short_turns();  // before LibTorch's threads are started, which inherit it
  }
  set_numerics(config);
  use_device(device);
  memory = open_device_memory(device, config.memory_limit);
  find_state(options);
  build_networks(warnings);
  build_sizes();
  open_folder();
  build_outputs(options.verbosity);
  const std::int64_t resumed_step = resume(warnings);
  build_loader();
  write_file_atomically(folder->layout().config_path(), resolved_yaml(config));
  announce(resumed_step, warnings);
}

void Run::find_state(const TrainerOptions& options) {
  const std::optional<std::string> asked =
      options.resume ? options.resume : config.path.resume_state;
  asked_for_state_ = asked.has_value();
  looked_for_state_ = !asked && options.auto_resume;
  if (asked) {
    resumed_from = *asked;
    saved_state_ =
        read_training_state(*resumed_from);  // a damaged one must not cost the folder its name
  } else if (options.auto_resume) {
    FoundState found = newest_valid_state(own_layout(config).states_folder());
    skipped_states_ = std::move(found.skipped);
    if (!found.file.empty()) {
      resumed_from = found.file;
      saved_state_ = std::move(found.state);
    }
  }
}

void Run::build_networks(std::vector<std::string>& warnings) {
  must_fit("the network (generator, its average, discriminator)", *memory,
           [&] { networks = make_networks(config); });
  if (!resumed_from) {  // a state has all weights; the file the run began with may be long gone
    must_fit("the network with pretrained weights", *memory,
             [&] { load_pretrained_weights(config, networks, loaded.notices, warnings); });
  }
  must_fit("the network with gradients, optimizer state, averages and networks of losses", *memory,
           [&] {
             networks.to(device, wants_channels_last(config, device));
             step = std::make_unique<TrainStep>(config, networks, *memory, device);
           });
}

void Run::build_sizes() {
  SizeControl::Surroundings surroundings;
  // The smallest multiple of what the network works in that is a step worth taking.
  constexpr int kLeastStep = 8;
  const int multiple = networks.generator->size_multiple();
  surroundings.lq_multiple = (kLeastStep + multiple - 1) / multiple * multiple;
  surroundings.largest_lq_size =
      largest_lq_size(training.pairs, config.train_set.small_images, surroundings.lq_multiple);
  surroundings.micro_batches_allowed = step->loss_is_mean_over_samples();
  surroundings.cuda = device.is_cuda();
  surroundings.environment = measurement_key(config, networks, *memory, device_name(device));
  sizes = std::make_unique<SizeControl>(config, surroundings);
  sizes->start(state);
  automations = std::make_unique<Automations>(config);
}

void Run::open_folder() {
  const std::filesystem::path root = config.path.experiments_root;
  std::error_code ignored;
  const bool here =
      resumed_from && std::filesystem::equivalent(resumed_from->parent_path(),
                                                  own_layout(config).states_folder(), ignored);
  folder = std::make_unique<ExperimentFolder>(here ? ExperimentFolder::open(root, config.name)
                                                   : ExperimentFolder::create(root, config.name));
}

void Run::build_outputs(Verbosity verbosity) {
  const std::filesystem::path& root = folder->layout().folder();
  report.add(make_console_reporter(verbosity));
  report.add(make_log_reporter(root));
  report.add(make_jsonl_reporter(root));
  if (config.logger.use_tb_logger) {
    report.add(make_tensorboard_reporter(root));
  }
  report.add(make_html_reporter(root));
  Validator::Callbacks callbacks;
  callbacks.on_out_of_memory = [this](const OutOfMemoryEvent& event) {
    ++state.ooms;
    report(state.step, event);
  };
  callbacks.on_warning = [this](const WarningEvent& event) { report(state.step, event); };
  validator =
      std::make_unique<Validator>(config, device, *memory, folder->layout(), std::move(callbacks));
  checkpoints = std::make_unique<Checkpoints>(
      config, folder->layout(), networks, *step,
      Checkpoints::Identity{fingerprint(training.pairs, config.train_set), device_name(device)});
}

std::int64_t Run::resume(std::vector<std::string>& warnings) {
  best_rule = sr::best_rule(validation_sets, config.val);
  const auto rules = scoring_rules(validation_sets, config.val);
  automations->use_rules(rules);
  if (resumed_from) {
    RestoredRun restored;
    must_fit("the state " + resumed_from->string(), *memory,
             [&] { restored = checkpoints->restore(*resumed_from, std::move(saved_state_)); });
    state = restored.state;
    naming_state(*resumed_from, [&] {
      sizes->load(restored.sizes, state);
      automations->load(restored.automations);
    });
    validator->set_tile_size(state.validation_tile);
    warnings.insert(warnings.end(), restored.warnings.begin(), restored.warnings.end());
    settle_best(warnings);
    clean_folder(warnings);
  }
  state.use_rules(rules);
  return state.step;
}

void Run::settle_best(std::vector<std::string>& warnings) {
  const ExperimentLayout& layout = folder->layout();
  const auto file = find_best(layout, weights_format(config));
  const BestDecision decision = decide_best(state, file, best_rule, asked_for_state_);
  std::vector<std::filesystem::path> also;
  if (decision.put_aside) {
    also.push_back(file->path);
  }
  const bool leaves_later_files = asked_for_state_ || !skipped_states_.empty();
  const std::filesystem::path aside = supersede_files(
      layout.folder(), leaves_later_files ? std::optional(state.step) : std::nullopt, also);
  if (!decision.warning.empty()) {
    warnings.push_back(decision.warning +
                       (decision.put_aside ? "; it is kept in " + aside.string() : ""));
  }
  state.best_score = decision.score;
  state.best_rule = decision.score ? best_rule : "";
}

/// What a kill left half written or half deleted.
void Run::clean_folder(std::vector<std::string>& warnings) {
  try {
    prune_checkpoints(folder->layout().folder(), config.logger.keep_checkpoints);
    remove_unfinished_pictures(folder->layout().visualization_folder());
  } catch (const StorageError& error) {
    warnings.emplace_back(error.what());
  }
}

void Run::build_loader() {
  const DatasetConfig& set = config.train_set;
  const Sampler sampler(make_sample_order(training, set, config.scale, config.manual_seed),
                        config.manual_seed, set.use_hflip, set.use_rot);
  samples_per_pass = sampler.order().samples_per_pass();
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
  loader = std::make_unique<Loader>(training, sampler, options);
  const std::int64_t needed = decoded_bytes(training, config.scale);
  if (needed > loader->cache_bytes() && set.crops_per_decode == 1) {
    loaded.notices.push_back(fmt::format(
        "datasets.train: the decoded set takes {}, its cache {}: with crops_per_decode: "
        "8 the rest would be decoded once for 8 samples",
        format_bytes(needed), format_bytes(loader->cache_bytes())));
  }
}

void Run::announce(std::int64_t step_now, const std::vector<std::string>& warnings) {
  StartEvent start;
  start.version = version();
  start.device = device_name(device);
  const MemoryReading reading = memory->read();
  start.device_memory_bytes = reading.device_total;
  start.memory_limit_bytes = config.memory_limit;
  start.config = resolved_json(config);
  if (resumed_from) {
    start.resumed_from = resumed_from->string();
  }
  start.parameters = count_parameters(*networks.generator);
  report(step_now, start);
  if (!folder->exclusive()) {
    report(
        step_now,
        WarningEvent{
            "this file system has no locks: a second run in the same folder would not be noticed",
            folder->layout().folder().string()});
  }
  if (looked_for_state_ && !resumed_from) {
    report(step_now,
           NoticeEvent{fmt::format("--auto-resume: there is no {}training state in {}: starting at "
                                   "step 0",
                                   skipped_states_.empty() ? "" : "valid ",
                                   std::filesystem::absolute(folder->layout().states_folder())
                                       .lexically_normal()
                                       .string())});
  }
  if (folder->archived()) {
    report(step_now, NoticeEvent{fmt::format("the earlier {} is kept as {}", config.name,
                                             folder->archived()->string())});
  }
  for (const std::string& skipped : skipped_states_) {
    report(step_now, WarningEvent{"a damaged training state was skipped: " + skipped, skipped});
  }
  for (const std::string& notice : loaded.notices) {
    report(step_now, NoticeEvent{notice});
  }
  if (device.is_cpu() && config.use_amp && !config.amp_bf16) {
    report(step_now, NoticeEvent{"use_amp: on the CPU that is bfloat16"});
  }
  for (const std::string& warning : warnings) {
    report(step_now, WarningEvent{warning, ""});
  }
}

double Run::epochs(std::uint64_t samples) const {
  const DatasetConfig& set = config.train_set;
  const double images = static_cast<double>(training.pairs.size());
  // traiNNer-redux's rule for "auto": small sets are repeated until an epoch has about 2000
  // batches.
  const double repeats = std::max(1.0, std::floor(2000.0 * set.batch_size_per_gpu / images));
  const double enlarge = set.dataset_enlarge_ratio.value_or(repeats);
  return static_cast<double>(samples) / (static_cast<double>(samples_per_pass) * enlarge);
}

}  // namespace sr
