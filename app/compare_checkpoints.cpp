#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/pth_reader.h"
#include "comparison.h"
#include "config/validation_sets.h"
#include "core/path_status.h"
#include "core/printable_text.h"
#include "core/signals.h"
#include "data/pairs.h"
#include "report/counter_line.h"
#include "report/json_fields.h"
#include "resolve/load.h"
#include "say.h"
#include "upscale/upscale.h"
#include "upscale_session.h"

namespace sr::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// One set of weights of a run.
struct Checkpoint {
  fs::path file;
  std::optional<std::string> key;  ///< of a .pth
  PictureScore score{};
  std::string name() const { return file.filename().string() + (key ? " " + *key : std::string()); }
};

/// The generator's weights below <run>/models, in the order of their names.
std::vector<Checkpoint> checkpoints_of(const fs::path& run) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(ExperimentLayout(run).models_folder(), error)) {
    const std::string extension = entry.path().extension().string();
    if (entry.path().filename().string().starts_with("net_g_") &&
        (extension == ".safetensors" || extension == ".pth")) {
      files.push_back(entry.path());
    }
  }
  if (files.empty()) {
    throw CheckpointError(run.string() + ": is not a run's folder: no weights in its models/");
  }
  std::ranges::sort(files);
  std::vector<Checkpoint> found;
  for (const fs::path& file : files) {
    if (file.extension() == ".safetensors") {
      found.push_back({file, std::nullopt});
      continue;
    }
    try {
      for (const std::string& key : pth_keys(file)) {
        found.push_back({file, key});
      }
    } catch (const CheckpointError&) {
      found.push_back({file, std::nullopt});  // loading it says why
    }
  }
  return found;
}

/// The only folder that a root of the configuration names.
std::optional<fs::path> single_root(const Json& set, const char* key) {
  const auto found = set.find(key);
  if (found == set.end()) {
    return std::nullopt;
  }
  const Json& value = found->is_array() && found->size() == 1 ? found->front() : *found;
  return value.is_string() ? std::optional<fs::path>(value.get<std::string>()) : std::nullopt;
}

/// --input and --compare of a run's first validation set that has both; false when none has. For
/// folders of runs that hold no configuration.
bool use_validation_folders(const RunRecord& run, UpscaleOptions& options) {
  for (const auto& [name, set] : field(run.config, "datasets").items()) {
    if (!name.starts_with("val") || !set.is_object()) {
      continue;
    }
    const std::optional<fs::path> lq = single_root(set, "dataroot_lq");
    const std::optional<fs::path> gt = single_root(set, "dataroot_gt");
    if (lq && gt) {
      options.settings.input = *lq;
      options.gt = *gt;
      return true;
    }
  }
  return false;
}

/// The first validation set of images of a run's configuration, listed as the run lists it; empty
/// when it has none. Throws ConfigError, DataError.
std::vector<ImagePair> validation_pairs(const fs::path& file) {
  const Config config = load_config(file, {}).config;
  for (const DatasetConfig& set : used_validation_sets(config)) {
    PairList list;
    try {
      list = list_pairs(set, config.scale);
    } catch (const DataError& error) {
      throw DataError(
          fmt::format("datasets.{} of {}, whose folders are relative to where the run "
                      "was started (--input and --compare take others): {}",
                      set.key, file.string(), error.what()));
    }
    const auto is_image = [](const ImagePair& pair) { return pair.gt_frame < 0 && !pair.degraded; };
    if (list.scenes.empty() && std::ranges::all_of(list.pairs, is_image)) {
      return std::move(list.pairs);
    }
    say("note: {} is no set of images: the next one is taken\n", printable_line(set.name));
  }
  return {};
}

/// What the weights of a run are compared on, unless the command line says it.
std::optional<UpscalePlan> use_validation_set(const fs::path& folder,
                                              const std::optional<RunRecord>& run,
                                              UpscaleOptions& options) {
  if (!run) {
    throw ConfigError("--checkpoints: " + folder.string() +
                      " has no events.jsonl; give --input and --compare");
  }
  const fs::path configuration = ExperimentLayout(folder).config_path();
  const bool configured = is_there(configuration);
  if (!configured && use_validation_folders(*run, options)) {
    return std::nullopt;
  }
  const auto pairs = configured ? validation_pairs(configuration) : std::vector<ImagePair>();
  if (pairs.empty()) {
    throw ConfigError(fmt::format(
        "--checkpoints: the run has no validation set of images; give --input and --compare. Of a "
        "folder of images `sr-train prepare -i FOLDER -o set -s {0}` makes both: --input "
        "set/lr_x{0} --compare set/hr",
        whole(field(run->config, "scale"), 1, 8).value_or(2)));
  }
  return plan_pairs(pairs);
}

/// Of two scores; one that is not measured is worse than any.
bool is_better(double a, double b, bool higher_is_better) {
  if (std::isnan(a) || std::isnan(b)) {
    return !std::isnan(a);
  }
  return higher_is_better ? a > b : a < b;
}

void print_table(std::vector<Checkpoint> checkpoints, const Comparison& by) {
  std::ranges::stable_sort(checkpoints, [&](const Checkpoint& a, const Checkpoint& b) {
    return is_better(a.score.values[by.best_by], b.score.values[by.best_by],
                     by.metrics[by.best_by].higher_is_better);
  });
  std::size_t width = 0;
  for (const Checkpoint& one : checkpoints) {
    width = std::max(width, one.name().size());
  }
  for (const Checkpoint& one : checkpoints) {
    deliver("{:<{}}  {}\n", printable_line(one.name()), width,
            scores_text(by, one.score, ScoreDigits::kShort, "  "));
  }
}

/// Null for weights that cannot be used: the others are compared all the same.
std::unique_ptr<UpscaleSession> opened(const UpscaleOptions& options, const Checkpoint& checkpoint,
                                       const std::optional<RunRecord>& run,
                                       const std::function<bool()>& stop,
                                       std::vector<std::string>& unusable) {
  try {
    return std::make_unique<UpscaleSession>(options, checkpoint.file, checkpoint.key, run, stop);
  } catch (const CheckpointError& error) {
    unusable.emplace_back(error.what());
    return nullptr;
  }
}

void tell_order(const Comparison& by, Verbosity verbosity) {
  for (const std::string& note : by.notes) {
    say("note: {}\n", printable_line(note));
  }
  if (verbosity != Verbosity::kQuiet && !by.metrics.empty()) {
    const MetricConfig& best_by = by.metrics[by.best_by];
    say("best first by {} ({} is better)\n", printable_line(best_by.key),
        best_by.higher_is_better ? "higher" : "lower");
  }
}

}  // namespace

ExitCode compare_checkpoints(UpscaleOptions options) {
  const StopSignals signals;
  const auto stop = [&] { return signals.requested().has_value(); };
  const fs::path folder = *options.checkpoints;
  std::vector<Checkpoint> checkpoints = checkpoints_of(folder);
  const std::optional<RunRecord> run = read_run_record(folder);
  const std::optional<UpscalePlan> of_run =
      options.gt ? std::nullopt : use_validation_set(folder, run, options);
  CounterLine line("comparing", options.verbosity, CounterLine::Detail::kRate);
  std::set<std::string> problems;  // most are the same for all weights
  std::vector<std::string> unusable;
  std::vector<Checkpoint> compared;
  Comparison by;
  UpscaleSettings settings = options.settings;
  for (std::size_t i = 0; i < checkpoints.size(); ++i) {
    Checkpoint& one = checkpoints[i];
    const std::unique_ptr<UpscaleSession> session = opened(options, one, run, stop, unusable);
    if (!session) {
      continue;
    }
    if (!settings.compare) {  // the networks of metrics are built once
      by = comparison(options, run, session->model().identified.scale);
      settings.compare = session->compare_settings(options, by);
    }
    const auto progress = [&](std::size_t done, std::size_t total) {
      line(i * total + done, checkpoints.size() * total);
    };
    const UpscaleResult result = upscale(settings, of_run ? *of_run : plan_upscale(settings),
                                         session->resolver(), {.progress = progress, .stop = stop});
    if (result.stopped) {
      break;
    }
    problems.insert(result.problems.begin(), result.problems.end());
    if (!result.scores.empty()) {
      one.score = mean_score(result.scores);
      compared.push_back(std::move(one));
    }
  }
  tell_order(by, options.verbosity);
  print_table(std::move(compared), by);
  if (stop()) {
    return signals.requested().value_or(ExitCode::kInterrupted);
  }
  if (!unusable.empty()) {
    throw CheckpointError(fmt::format("{} of the weight files could not be used:\n{}",
                                      unusable.size(), fmt::join(unusable, "\n")));
  }
  if (!problems.empty()) {
    throw_problems_with_inputs({problems.begin(), problems.end()});
  }
  return ExitCode::kDone;
}

}  // namespace sr::app
