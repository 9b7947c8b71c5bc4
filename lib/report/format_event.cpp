#include "report/format_event.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/printable_text.h"
#include "core/run_files.h"
#include "core/units.h"
#include "report/config_text.h"
#include "report/text.h"

namespace sr {
namespace {

constexpr std::size_t kLabelWidth = 8;
constexpr std::size_t kTableLabelWidth = 15;
constexpr std::size_t kSmallestStepWidth = 7;
constexpr double kWorthMentioning = 0.1;  ///< share of a step spent waiting for data

TextLine row(const char* label, const std::string& text, Tone tone = Tone::kPlain) {
  std::string one_line = printable(text);
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  return {"", label, one_line, tone};
}

/// Printable lines of a text, at least one; blank ones after the first are left out.
std::vector<std::string> split_lines(const std::string& text) {
  const std::string clean = printable(text);
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin <= clean.size();) {
    const std::size_t end = std::min(clean.find('\n', begin), clean.size());
    if (result.empty() || end > begin) {
      result.push_back(clean.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  return result;
}

std::string named_values(const NamedValues& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, metric_text(value));
  }
  return text;
}

/// "lq 48 -> 64, batch 16": an arrow where something changes.
std::string change_text(const TrainingSize& from, const TrainingSize& to) {
  const auto part = [](const char* name, int before, int after) {
    return before == after ? fmt::format("{} {}", name, after)
                           : fmt::format("{} {} -> {}", name, before, after);
  };
  return part("lq", from.lq_size, to.lq_size) + ", " +
         part("batch", from.batch_size, to.batch_size);
}

/// What an out-of-memory class means, in words; the class itself when it is not known here.
std::string cause_text(const std::string& kind) {
  if (kind == "fragmentation") {
    return "free memory was in pieces";
  }
  if (kind == "external") {
    return "something else took memory, grows again when it is back";
  }
  if (kind == "anomaly") {
    return "it should have fitted, this size is avoided";
  }
  if (kind == "genuine") {
    return "too big, avoided from now on";
  }
  if (kind == "soft") {
    return "it went on with a slower method";
  }
  return kind;
}

bool concerns_sizes(const OutOfMemoryEvent& oom) {
  return oom.where == "train" || oom.where == "upload";
}

std::string oom_place(const OutOfMemoryEvent& oom) {
  if (!concerns_sizes(oom)) {
    return oom.where == "checkpoint" ? "while saving" : "in " + oom.where;
  }
  return (oom.where == "upload" ? "uploading " : "at ") + size_words(oom.size);
}

std::string oom_action(const OutOfMemoryEvent& oom) {
  if (!concerns_sizes(oom)) {
    return fmt::format("{}, training stays at {}",
                       oom.where == "validation" ? "repeated in smaller tiles" : "tried again",
                       size_words(oom.to));
  }
  std::string action = oom.kind == "soft" && oom.to == oom.size
                           ? "the sizes stay"
                           : "same samples again at " + size_words(oom.to);
  if (oom.to_micro_batch > 0) {
    action += fmt::format(" in parts of {}", oom.to_micro_batch);
  }
  if (oom.to_recompute) {
    action += " with blocks computed twice";
  }
  return action + ": " + cause_text(oom.kind);
}

Tone end_tone(ExitCode code) {
  switch (code) {
    case ExitCode::kDone:
      return Tone::kGood;
    case ExitCode::kInterrupted:
    case ExitCode::kTerminated:
      return Tone::kCaution;
    default:
      return Tone::kError;
  }
}

std::string data_text(const EndEvent& end) {
  const std::string decoded =
      end.decode_mpixels_per_s > 0
          ? fmt::format(", {:.0f} MPixel/s decoded by a thread", end.decode_mpixels_per_s)
          : "";
  return fmt::format("waited {:.1f} % of the time{}, {:.0f} % from memory",
                     100 * end.data_wait_share, decoded, 100 * end.cache_share);
}

std::string lost_text(const EndEvent& end) {
  return end.steps_lost == 0 && end.samples_lost == 0
             ? "no step or sample lost"
             : fmt::format("{} steps and {} samples lost", grouped(end.steps_lost),
                           grouped(end.samples_lost));
}

}  // namespace

std::string plain_text(const TextLine& line) {
  if (line.step.empty() && line.label.empty()) {
    return line.text;
  }
  return line.step.empty()
             ? fmt::format("  {:<{}}{}", line.label, kTableLabelWidth, line.text)
             : fmt::format("{}  {:<{}}  {}", line.step, line.label, kLabelWidth, line.text);
}

std::vector<TextLine> EventFormatter::operator()(const Event& event) {
  return std::visit([&](const auto& data) { return lines(event, data); }, event.data);
}

EventFormatter::Lines EventFormatter::entry(const Event& event, const char* label,
                                            const std::string& text, Tone tone) const {
  const std::size_t width = std::max(kSmallestStepWidth, grouped(total_iter_).size());
  Lines result;
  for (const std::string& part : split_lines(text)) {
    const bool first = result.empty();
    result.push_back({fmt::format("{:>{}}", first ? grouped(event.step) : "", width),
                      first ? label : "", part, tone});
  }
  return result;
}

EventFormatter::Lines EventFormatter::lines(const Event& event, const StartEvent& start) {
  const nlohmann::ordered_json& config = start.config;
  total_iter_ = config_integer(config, "/train/total_iter");
  if (verbosity_ == Verbosity::kQuiet) {
    return {};
  }
  std::string device = start.device + ", " + format_bytes(start.device_memory_bytes);
  if (start.memory_limit_bytes) {
    device += ", limited to " + format_bytes(*start.memory_limit_bytes);
  }
  std::string network = config_text(config, "/network_g/type");
  if (const std::string scale = config_text(config, "/scale"); !scale.empty()) {
    network += " x" + scale;
  }
  network += fmt::format("{}{} parameters", network.empty() ? "" : ", ", grouped(start.parameters));

  const std::string name = config_text(config, "/name");
  Lines result{{"", "", printable("sr-train " + start.version + (name.empty() ? "" : "  " + name)),
                Tone::kHeading}};
  result.push_back(row("device", device));
  if (start.ranks) {
    result.push_back(row(
        "ranks", fmt::format("{} on {}", start.ranks->count, fmt::join(start.ranks->hosts, ", "))));
  }
  result.push_back(row("network", network));
  const TrainingSize size{
      static_cast<int>(config_integer(config, "/datasets/train/lq_size")),
      static_cast<int>(config_integer(config, "/datasets/train/batch_size_per_gpu"))};
  if (size.pixels() > 0) {
    const std::string set = config_text(config, "/datasets/train/name");
    result.push_back(row("data", (set.empty() ? "" : set + ", ") + size_words(size)));
  }
  if (const std::string goal = goal_text(config); !goal.empty()) {
    result.push_back(row("goal", goal));
  }
  if (start.resumed_from) {
    result.push_back(row(
        "resumed", fmt::format("after step {} from {}", grouped(event.step), *start.resumed_from)));
  }
  return result;
}

EventFormatter::Lines EventFormatter::lines(const Event& event, const ProgressEvent& progress) {
  total_iter_ = progress.total_iter > 0 ? progress.total_iter : total_iter_;
  if (verbosity_ == Verbosity::kQuiet) {
    return {};
  }
  std::string text =
      fmt::format("epoch {:.2f}  {}  eta {}  {}  mem {}  lr {:.2e}", progress.epoch,
                  rate_text(progress.step_ms), format_duration(progress.eta_s),
                  size_text(progress.size), percent_text(progress.memory_usage), progress.lr);
  if (progress.share > 0) {
    text = fmt::format("{:>6}  {}", done_text(progress.share), text);
  }
  for (const auto& [name, value] : progress.losses) {
    text += fmt::format("  {} {}", progress.losses.size() == 1 ? "loss" : name, loss_text(value));
  }
  if (progress.data_wait_ms > kWorthMentioning * progress.step_ms) {
    text += "  waiting for data " + percent_text(progress.data_wait_ms / progress.step_ms);
  }
  if (progress.ranks && progress.ranks->exchange_share > kWorthMentioning) {
    text += fmt::format("  ranks exchange {}, rank {} on {} is slowest",
                        percent_text(progress.ranks->exchange_share), progress.ranks->slowest,
                        progress.ranks->slowest_host);
  }
  if (progress.skipped > 0) {
    text += fmt::format("  skipped {}", grouped(progress.skipped));
  }
  return entry(event, "train", text, Tone::kPlain);
}

EventFormatter::Lines EventFormatter::lines(const Event& event,
                                            const SizeDecisionEvent& decision) const {
  const bool same = decision.from == decision.size;
  const bool hold = same && decision.recompute == decision.from_recompute;
  if (verbosity_ == Verbosity::kQuiet || (hold && verbosity_ != Verbosity::kVerbose)) {
    return {};
  }
  std::string text =
      same ? size_words(decision.size) + " kept" : change_text(decision.from, decision.size);
  if (decision.recompute != decision.from_recompute) {
    text += decision.recompute ? ", blocks computed twice" : ", blocks computed once";
  }
  text += ": memory " + percent_text(decision.usage);
  if (!same && decision.predicted_usage > 0) {
    text += fmt::format(" now, about {} expected", percent_text(decision.predicted_usage));
  }
  if (!decision.reason.empty()) {
    text += " (" + decision.reason + ")";
  }
  const bool shrink = decision.size.pixels() < decision.from.pixels();
  return entry(event, "size", text, shrink ? Tone::kCaution : hold ? Tone::kPlain : Tone::kInfo);
}

EventFormatter::Lines EventFormatter::lines(const Event& event,
                                            const RateDecisionEvent& decision) const {
  if (verbosity_ == Verbosity::kQuiet) {
    return {};
  }
  const std::string change =
      decision.factor == decision.from
          ? fmt::format("factor {:.3g} kept", decision.factor)
          : fmt::format("factor {:.3g} -> {:.3g}", decision.from, decision.factor);
  return entry(event, "lr", change + ": " + decision.reason,
               decision.cause == "divergence" ? Tone::kCaution : Tone::kInfo);
}

EventFormatter::Lines EventFormatter::lines(const Event& event,
                                            const ClipDecisionEvent& decision) const {
  if (verbosity_ != Verbosity::kVerbose) {
    return {};
  }
  const std::string text = fmt::format(
      "{}: limit {:.3g} ({}), clipped {} of {} steps", decision.network, decision.numbers.threshold,
      decision.reason, percent_text(decision.numbers.share), grouped(decision.steps));
  return entry(event, "clip", text, Tone::kPlain);
}

EventFormatter::Lines EventFormatter::lines(const Event& event,
                                            const StopDecisionEvent& decision) const {
  if (verbosity_ == Verbosity::kQuiet || (!decision.stop && verbosity_ != Verbosity::kVerbose)) {
    return {};
  }
  const std::string text =
      fmt::format("{}: {} {}, best {} at step {} ({})", decision.stop ? "stop" : "continue",
                  decision.metric, metric_text(decision.value), metric_text(decision.best),
                  grouped(decision.best_step), decision.reason);
  return entry(event, "stop", text, decision.stop ? Tone::kCaution : Tone::kPlain);
}

EventFormatter::Lines EventFormatter::lines(const Event& event, const OutOfMemoryEvent& oom) const {
  if (verbosity_ == Verbosity::kQuiet) {
    return {};
  }
  std::string text = "out of memory " + oom_place(oom);
  if (oom.rank) {
    text += fmt::format(" on rank {}", *oom.rank);
  }
  if (oom.requested_bytes > 0) {
    text += fmt::format(" (asked for {} more)", format_bytes(oom.requested_bytes));
  }
  text += fmt::format(", {} ({:.1f} s)", oom_action(oom), oom.lost_ms / 1000);
  return entry(event, "memory", text, Tone::kCaution);
}

EventFormatter::Lines EventFormatter::lines(const Event& event, const ValidationEvent& validation) {
  if (first_set_.empty()) {
    first_set_ = validation.dataset;
  }
  if (verbosity_ == Verbosity::kQuiet) {
    return {};
  }
  std::string text = validation.dataset + ": " + named_values(validation.metrics);
  if (validation.is_best) {
    text += "  (new best)";
  } else if (validation.dataset == first_set_ && std::isfinite(validation.best)) {
    text += fmt::format("  (best {})", metric_text(validation.best));
  }
  text += fmt::format("  {:.1f} s", validation.seconds);
  if (validation.tile_size > 0) {
    text += fmt::format(", in tiles of {}", validation.tile_size);
  }
  return entry(event, "val", text, validation.is_best ? Tone::kGood : Tone::kPlain);
}

EventFormatter::Lines EventFormatter::lines(const Event& event,
                                            const CheckpointEvent& checkpoint) const {
  if (verbosity_ == Verbosity::kQuiet) {
    return {};
  }
  std::string text = checkpoint.path;
  if (verbosity_ == Verbosity::kVerbose) {
    text +=
        fmt::format("  ({}, {:.2f} s)", format_bytes(static_cast<std::int64_t>(checkpoint.bytes)),
                    checkpoint.seconds);
  }
  return entry(event, "saved", text, Tone::kPlain);
}

EventFormatter::Lines EventFormatter::lines(const Event& event, const WarningEvent& warning) const {
  // Most messages name their file themselves.
  const bool named = warning.message.find(warning.file) != std::string::npos;
  return entry(event, "warning", named ? warning.message : warning.file + ": " + warning.message,
               Tone::kCaution);
}

EventFormatter::Lines EventFormatter::lines(const Event& event, const NoticeEvent& notice) const {
  return verbosity_ == Verbosity::kQuiet ? Lines{}
                                         : entry(event, "note", notice.message, Tone::kPlain);
}

EventFormatter::Lines EventFormatter::lines(const Event& event, const EndEvent& end) const {
  const bool done = end.exit_code == ExitCode::kDone;
  const std::string heading =
      done ? fmt::format("done: {} steps, {} in this run", grouped(event.step),
                         format_duration(event.elapsed_s))
           : fmt::format("stopped after step {}, {} in this run, exit code {}", grouped(event.step),
                         format_duration(event.elapsed_s), static_cast<int>(end.exit_code));
  Lines result{{"", "", heading, end_tone(end.exit_code)}};
  const bool as_planned = done && end.reason == "total_iter reached";
  if (!as_planned && !end.reason.empty()) {
    const char* label = "reason";
    for (const std::string& part :
         split_lines(end.reason)) {  // may be a table of needed and free bytes
      result.push_back(row(label, part));
      label = " ";
    }
  }
  if (!end.best.empty()) {
    result.push_back(row("best", named_values(end.best)));
  }
  result.push_back(row("speed", fmt::format("{:.2f} steps/s", end.steps_per_s)));
  result.push_back(row("data", data_text(end)));
  result.push_back(row("final sizes", size_words(end.final_size)));
  result.push_back(row("adjustments", grouped(end.adjustments)));
  result.push_back(row("out of memory", fmt::format("{} ({})", grouped(end.ooms), lost_text(end))));
  if (end.skipped > 0) {
    result.push_back(row("skipped steps", grouped(end.skipped) + " (not finite)", Tone::kCaution));
  }
  if (!end.folder.empty()) {
    result.push_back(row("weights", end.folder + "/models"));
    result.push_back(
        row("log", fmt::format("{}/{}, {}", end.folder, run_files::kLog, run_files::kEvents)));
  }
  return result;
}

}  // namespace sr
