#include "train/resume.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "checkpoint/best_record.h"
#include "checkpoint/experiment_pictures.h"
#include "core/error.h"
#include "core/path_status.h"
#include "train/best_score.h"
#include "train/run_weights.h"
#include "train/saved_json.h"

namespace sr {
namespace {

/// Returns what a user should know; may be empty.
std::string settle_best(const Config& config, const ExperimentLayout& layout,
                        const ResumePoint& point, const std::string& rule, RunState& state) {
  const auto file = find_best(layout, weights_format(config));
  const BestDecision decision = decide_best(state, file, rule, point.asked_for);
  std::vector<std::filesystem::path> also;
  if (decision.put_aside) {
    also.push_back(file->path);
  }
  const bool leaves_later_files = point.asked_for || !point.skipped.empty();
  const std::filesystem::path aside = supersede_files(
      layout.folder(), leaves_later_files ? std::optional(state.step) : std::nullopt, also);
  state.best_score = decision.score;
  state.best_rule = decision.score ? rule : "";
  return decision.put_aside && !decision.warning.empty()
             ? decision.warning + "; it is kept in " + aside.string()
             : decision.warning;
}

/// The newest valid state of the run's own folder; false when there is none.
bool find_own(const Config& config, ResumePoint& point) {
  FoundState found = newest_valid_state(own_layout(config).states_folder());
  point.skipped = std::move(found.skipped);
  if (found.file.empty()) {
    return false;
  }
  point.file = found.file;
  point.state = std::move(found.state);
  return true;
}

}  // namespace

ExperimentLayout own_layout(const Config& config) {
  return ExperimentLayout(std::filesystem::path(config.path.experiments_root) / config.name);
}

ResumePoint find_resume_point(const Config& config, const ResumeOptions& options) {
  const std::optional<std::string> asked =
      options.resume ? options.resume : config.path.resume_state;
  ResumePoint point;
  if ((options.restarted || options.auto_resume) && find_own(config, point)) {
    return point;
  }
  point.asked_for = asked.has_value();
  point.looked_for = !asked && options.auto_resume;
  if (asked) {
    point.file = std::filesystem::absolute(*asked);
    point.state = read_training_state(*point.file);
  }
  return point;
}

std::uint64_t seed_of(const ResumePoint& point) {
  std::uint64_t seed = 0;
  naming_state(*point.file, [&] {
    const nlohmann::ordered_json& saved = point.state.document.at("seed");
    if (!saved.is_number_unsigned()) {
      throw CheckpointError("seed is no whole number");
    }
    seed = saved.get<std::uint64_t>();
  });
  return seed;
}

ExperimentFolder open_folder(const Config& config, const ResumePoint& point) {
  const std::filesystem::path root = config.path.experiments_root;
  std::error_code ignored;
  const bool here =
      point.file && std::filesystem::equivalent(point.file->parent_path(),
                                                own_layout(config).states_folder(), ignored);
  const std::filesystem::path own = own_layout(config).folder();
  if (point.file && !here && is_within(real_path(*point.file), real_path(own))) {
    throw ConfigError(fmt::format(
        "{}: this run would move its folder {} away, with the state it is to go on from; copy that "
        "state and its weights elsewhere, or give the run another name",
        point.file->string(), own.string()));
  }
  return here ? ExperimentFolder::open(root, config.name)
              : ExperimentFolder::create(root, config.name);
}

std::vector<std::string> settle_folder(const Config& config, const ExperimentLayout& layout,
                                       const ResumePoint& point, const std::string& rule,
                                       RunState& state) {
  std::vector<std::string> warnings;
  if (const std::string warning = settle_best(config, layout, point, rule, state);
      !warning.empty()) {
    warnings.push_back(warning);
  }
  try {
    remove_unfinished_files(layout.folder());
    prune_checkpoints(layout.folder(), config.logger.keep_checkpoints);
    remove_unfinished_pictures(layout.visualization_folder());
  } catch (const StorageError& error) {
    warnings.emplace_back(error.what());
  }
  return warnings;
}

}  // namespace sr
