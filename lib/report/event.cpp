#include "report/event.h"

#include <cmath>

namespace sr {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

template <typename T>
Json optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json values(const NamedValues& named) {
  Json object = Json::object();
  for (const auto& [name, value] : named) {
    object[name] = number(value);
  }
  return object;
}

Json size(const TrainingSize& size) {
  return {{"lq_size", size.lq_size}, {"batch_size", size.batch_size}};
}

Json norms(const ClippingNumbers& numbers) {
  return {{"p10", numbers.p10},
          {"p50", numbers.p50},
          {"p90", numbers.p90},
          {"largest", numbers.largest}};
}

Json clipping(const ClippingNumbers& numbers) {
  return {{"threshold", numbers.threshold}, {"share", numbers.share}, {"norms", norms(numbers)}};
}

Json clipping(const std::vector<std::pair<std::string, ClippingNumbers>>& networks) {
  Json by_network;  // null without
  for (const auto& [network, numbers] : networks) {
    by_network[network] = clipping(numbers);
  }
  return by_network;
}

Json model(const ModelSummary& summary) {
  return {{"fixed_bytes", summary.fixed_bytes},
          {"bytes_per_lq_pixel", summary.bytes_per_lq_pixel},
          {"reserve", summary.reserve}};
}

Json rejected(const std::vector<RejectedSize>& sizes) {
  Json list = Json::array();
  for (const RejectedSize& one : sizes) {
    list.push_back({{"lq_size", one.size.lq_size},
                    {"batch_size", one.size.batch_size},
                    {"reason", one.reason}});
  }
  return list;
}

// One overload a kind: its name, and its fields in the order of events.jsonl.

const char* name_of(const StartEvent&) {
  return "start";
}
const char* name_of(const ProgressEvent&) {
  return "progress";
}
const char* name_of(const SizeDecisionEvent&) {
  return "size_decision";
}
const char* name_of(const RateDecisionEvent&) {
  return "lr_decision";
}
const char* name_of(const ClipDecisionEvent&) {
  return "clip_decision";
}
const char* name_of(const StopDecisionEvent&) {
  return "stop_decision";
}
const char* name_of(const OutOfMemoryEvent&) {
  return "oom";
}
const char* name_of(const ValidationEvent&) {
  return "validation";
}
const char* name_of(const CheckpointEvent&) {
  return "checkpoint";
}
const char* name_of(const WarningEvent&) {
  return "warning";
}
const char* name_of(const ClockEvent&) {
  return "clock";
}
const char* name_of(const TickEvent&) {
  return nullptr;
}  // people only
const char* name_of(const NoticeEvent&) {
  return nullptr;
}  // people only
const char* name_of(const EndEvent&) {
  return "end";
}

Json ranks(const std::optional<RanksProgress>& progress) {
  if (!progress) {
    return nullptr;
  }
  return {{"slowest", progress->slowest},
          {"slowest_work_ms", number(progress->slowest_work_ms)},
          {"mean_work_ms", number(progress->mean_work_ms)},
          {"exchange_share", number(progress->exchange_share)}};
}

Json fields(const StartEvent& start) {
  return {{"version", start.version},
          {"device", start.device},
          {"device_memory_bytes", start.device_memory_bytes},
          {"memory_limit_bytes", optional(start.memory_limit_bytes)},
          {"config", start.config},
          {"resumed_from", optional(start.resumed_from)},
          {"parameters", start.parameters},
          {"world", start.ranks ? start.ranks->count : 1},
          {"hosts", start.ranks ? Json(start.ranks->hosts) : Json(nullptr)},
          {"ranks", start.ranks ? Json{{"count", start.ranks->count}, {"hosts", start.ranks->hosts}}
                                : Json(nullptr)}};
}

Json fields(const ProgressEvent& progress) {
  return {{"epoch", number(progress.epoch)},
          {"samples", progress.samples},
          {"pixels", progress.pixels},
          {"trained_s", number(progress.seconds)},
          {"lq_size", progress.size.lq_size},
          {"batch_size", progress.size.batch_size},
          {"lr", number(progress.lr)},
          {"losses", values(progress.losses)},
          {"step_ms", number(progress.step_ms)},
          {"data_wait_ms", number(progress.data_wait_ms)},
          {"data_wait_max_ms", number(progress.data_wait_max_ms)},
          {"decode_mpixels_per_s", number(progress.decode_mpixels_per_s)},
          {"cache_share", number(progress.cache_share)},
          {"memory_usage", number(progress.memory_usage)},
          {"skipped", progress.skipped},
          {"eta_s", number(progress.eta_s)},
          {"clipping", clipping(progress.clipping)},
          {"slowest_rank", progress.ranks ? Json(progress.ranks->slowest) : Json(nullptr)},
          {"sync_share", progress.ranks ? number(progress.ranks->exchange_share) : Json(nullptr)},
          {"ranks", ranks(progress.ranks)}};
}

Json fields(const SizeDecisionEvent& decision) {
  const auto in_force = [](TrainingSize pair, int micro_batch, bool recompute) {
    Json json = size(pair);
    if (micro_batch > 0) {
      json["micro_batch"] = micro_batch;
    }
    if (recompute) {
      json["recompute"] = true;
    }
    return json;
  };
  return {{"action", name_of(decision.action)},
          {"reason", decision.reason},
          {"from", in_force(decision.from, decision.from_micro_batch, decision.from_recompute)},
          {"to", in_force(decision.size, decision.micro_batch, decision.recompute)},
          {"recompute", decision.recompute},
          {"usage", number(decision.usage)},
          {"device_usage", number(decision.device_usage)},
          {"predicted_usage", number(decision.predicted_usage)},
          {"model", model(decision.model)},
          {"rejected", rejected(decision.rejected)}};
}

Json fields(const RateDecisionEvent& decision) {
  return {{"action", name_of(decision.action)},
          {"cause", decision.cause},
          {"reason", decision.reason},
          {"from", number(decision.from)},
          {"factor", number(decision.factor)},
          {"loss", number(decision.loss)},
          {"change", number(decision.change)},
          {"t", number(decision.t)},
          {"critical_t", number(decision.critical_t)},
          {"validations", decision.validations}};
}

Json fields(const ClipDecisionEvent& decision) {
  Json json{{"network", decision.network}, {"reason", decision.reason}, {"steps", decision.steps}};
  json.update(clipping(decision.numbers));
  return json;
}

Json fields(const StopDecisionEvent& decision) {
  return {{"action", decision.stop ? "stop" : "continue"},
          {"reason", decision.reason},
          {"metric", decision.metric},
          {"value", number(decision.value)},
          {"best", number(decision.best)},
          {"best_step", decision.best_step},
          {"steps_waited", decision.steps_waited},
          {"validations_waited", decision.validations_waited},
          {"growing", decision.growing},
          {"trend_points", decision.trend_points},
          {"metric_t", number(decision.metric_t)},
          {"loss_t", number(decision.loss_t)},
          {"loss_change", number(decision.loss_change)}};
}

Json fields(const OutOfMemoryEvent& oom) {
  Json to = size(oom.to);
  to["micro_batch"] = oom.to_micro_batch;
  if (oom.to_recompute) {
    to["recompute"] = true;
  }
  return {{"where", oom.where},
          {"class", oom.kind},
          {"lq_size", oom.size.lq_size},
          {"batch_size", oom.size.batch_size},
          {"micro_batch", oom.micro_batch},
          {"requested_bytes", oom.requested_bytes},
          {"to", to},
          {"lost_ms", number(oom.lost_ms)},
          {"rank", optional(oom.rank)}};
}

Json fields(const ValidationEvent& validation) {
  return {{"dataset", validation.dataset},
          {"metrics", values(validation.metrics)},
          {"best", number(validation.best)},
          {"seconds", number(validation.seconds)},
          {"tile_size", validation.tile_size}};
}

Json fields(const CheckpointEvent& checkpoint) {
  return {{"path", checkpoint.path},
          {"bytes", checkpoint.bytes},
          {"seconds", number(checkpoint.seconds)}};
}

Json fields(const WarningEvent& warning) {
  return {{"message", warning.message},
          {"file", warning.file.empty() ? Json(nullptr) : Json(warning.file)}};
}

Json fields(const ClockEvent& clock) {
  return {{"permille", clock.permille}};
}

Json fields(const TickEvent&) {
  return nullptr;
}
Json fields(const NoticeEvent&) {
  return nullptr;
}

Json fields(const EndEvent& end) {
  return {{"exit_code", static_cast<int>(end.exit_code)},
          {"reason", end.reason},
          {"samples", end.samples},
          {"adjustments", end.adjustments},
          {"ooms", end.ooms},
          {"skipped", end.skipped},
          {"steps_lost", end.steps_lost},
          {"samples_lost", end.samples_lost}};
}

}  // namespace

Json to_json(const Event& event) {
  const char* name = std::visit([](const auto& data) { return name_of(data); }, event.data);
  if (name == nullptr) {
    return nullptr;
  }
  Json line{{"event", name},
            {"step", event.step},
            {"time", event.time},
            {"elapsed_s", number(std::round(event.elapsed_s * 1000) / 1000)}};
  line.update(std::visit([](const auto& data) { return fields(data); }, event.data));
  return line;
}

}  // namespace sr
