#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "automation/decision.h"
#include "core/error.h"
#include "core/training_size.h"

// What happens in a run, one struct a kind. The loop reports an event once; console, log,
// events.jsonl and TensorBoard each read the same object. Field names are those of events.jsonl, a
// promise to readers.

namespace sr {

/// In order of display; names are unique.
using NamedValues = std::vector<std::pair<std::string, double>>;

/// Of a run of several processes ("ranks").
struct RanksStart {
  int count = 1;
  std::vector<std::string> hosts;  ///< each once
};

/// How its ranks got on with each other since the last progress event.
struct RanksProgress {
  int slowest = 0;             ///< the one that the others waited for
  std::string slowest_host;    ///< not written to events.jsonl
  double slowest_work_ms = 0;  ///< of a step, between its exchanges with the others
  double mean_work_ms = 0;     ///< of all ranks
  double exchange_share = 0;   ///< of the time, spent in votes and sums of this rank
};

struct StartEvent {
  std::string version, device;
  std::int64_t device_memory_bytes = 0;
  std::optional<std::int64_t> memory_limit_bytes;
  nlohmann::ordered_json config;
  std::optional<std::string> resumed_from;
  std::int64_t parameters = 0;
  std::optional<RanksStart> ranks;  ///< empty: one process
};

/// Limit of one network's gradient norms, the share of steps that it cut, and the norms themselves.
struct ClippingNumbers {
  double threshold = 0;
  double share = 0;
  double p10 = 0, p50 = 0, p90 = 0, largest = 0;
};

struct ProgressEvent {
  double epoch = 0;  ///< passes over the data so far, fractional
  std::int64_t samples = 0;
  std::int64_t pixels = 0;  ///< GT pixels of those samples
  double seconds = 0;       ///< of training, over all processes of the run; "trained_s"
  TrainingSize size;
  double lr = 0;
  NamedValues losses;           ///< means since the last progress event
  double step_ms = 0;           ///< mean wall time of a whole step, waiting for data included
  double data_wait_ms = 0;      ///< mean part of step_ms spent waiting for a batch
  double data_wait_max_ms = 0;  ///< longest such wait since the last progress event
  double decode_mpixels_per_s = 0, cache_share = 0;
  double memory_usage = 0;  ///< peak of the window / total
  std::int64_t skipped = 0;
  double eta_s = 0;
  /// Of adaptive gradient clipping, by network; none when it is off.
  std::vector<std::pair<std::string, ClippingNumbers>> clipping;
  std::optional<RanksProgress> ranks;  ///< empty: one process
  std::int64_t total_iter = 0;         ///< 0 = not limited; not written to events.jsonl
  double share = 0;                    ///< of the run that is done; not written to events.jsonl
};

/// With schedule_by: hours: the time that learning rates go by from the step after this one on.
struct ClockEvent {
  int permille = 0;  ///< of max_hours
};

/// What adaptive gradient clipping did since the last progress event.
struct ClipDecisionEvent {
  std::string network;  ///< "g" or "d"
  std::string reason;   ///< what the threshold is
  std::int64_t steps = 0;
  ClippingNumbers numbers;
};

// A decision is its event.
using SizeDecisionEvent = Decision;
using RateDecisionEvent = RateDecision;
using StopDecisionEvent = StopDecision;

struct OutOfMemoryEvent {
  std::string where, kind;  ///< kind is written as "class"
  TrainingSize size;
  int micro_batch = 0;
  std::int64_t requested_bytes = 0;
  TrainingSize to;
  int to_micro_batch = 0;     ///< samples per pass within the batch; 0 = all at once, as above
  bool to_recompute = false;  ///< blocks are computed twice (train.recompute: auto)
  double lost_ms = 0;
  std::optional<int> rank;  ///< whose memory ran out; empty: one process
};

struct ValidationEvent {
  std::string dataset;
  NamedValues metrics;
  double best = 0;  ///< best value so far of val.best_by on the first set
  double seconds = 0;
  int tile_size = 0;
  bool is_best = false;  ///< not written to events.jsonl
  /// A few validation images for TensorBoard: name and PNG file already written. Not written to
  /// events.jsonl.
  std::vector<std::pair<std::string, std::string>> images;
};

struct CheckpointEvent {
  std::string path;
  std::uint64_t bytes = 0;
  double seconds = 0;
  std::int64_t step = 0;  ///< of the state, which may be written while later steps run
};

struct WarningEvent {
  std::string message;
  std::string file;  ///< the file it is about; empty = none, written as null
};

/// One more committed step, for the live line of a terminal only: moves its counter between
/// progress events. May be reported after every step; the console redraws at most ten times a
/// second.
struct TickEvent {
  TrainingSize size;
  double lr = 0;
  std::int64_t total_iter = 0;
  double share = 0;
};

/// A line for people only (console and log, not events.jsonl): notices about keys without effect,
/// size lines.
struct NoticeEvent {
  std::string message;
};

struct EndEvent {
  ExitCode exit_code = ExitCode::kDone;
  std::string reason;
  std::int64_t samples = 0, adjustments = 0, ooms = 0, skipped = 0, steps_lost = 0,
               samples_lost = 0;
  // for the closing table, not written to events.jsonl
  NamedValues best;
  double steps_per_s = 0;
  double data_wait_share = 0;       ///< of the time of all steps
  double decode_mpixels_per_s = 0;  ///< per decoding thread; 0 = nothing was decoded
  double cache_share = 0;
  TrainingSize final_size;
  std::string folder;
};

using EventData =
    std::variant<StartEvent, ProgressEvent, SizeDecisionEvent, RateDecisionEvent, ClipDecisionEvent,
                 StopDecisionEvent, OutOfMemoryEvent, ValidationEvent, CheckpointEvent,
                 WarningEvent, ClockEvent, TickEvent, NoticeEvent, EndEvent>;

struct Event {
  std::int64_t step = 0;  ///< committed optimizer steps so far
  double elapsed_s = 0;   ///< since this process started
  std::string time;       ///< RFC 3339, UTC
  EventData data;
};

/// The JSON object of one line of events.jsonl; null for events that are not
/// written there. `event`, `step`, `time`, `elapsed_s` come first. A field without a value and a
/// number that JSON cannot hold (NaN, infinity: a loss that diverged) are null, so every key of a
/// kind is always present.
nlohmann::ordered_json to_json(const Event& event);

}  // namespace sr
