#pragma once

#include <cstdint>
#include <string>

#include "report/event.h"

// Events as a small run would report them.

namespace sr::test {

inline Event at(std::int64_t step, EventData data, double elapsed_s = 12.5) {
  return {step, elapsed_s, "2026-01-31T12:34:56.789Z", std::move(data)};
}

inline StartEvent start() {
  StartEvent event;
  event.version = "0.1.0";
  event.device = "cpu";
  event.device_memory_bytes = std::int64_t{16} << 30;
  event.memory_limit_bytes = std::int64_t{256} << 20;
  event.config = nlohmann::ordered_json::parse(R"({"name": "2x_compact_t91", "scale": 2,
      "network_g": {"type": "compact"}, "train": {"total_iter": 20000},
      "datasets": {"train": {"name": "T91", "lq_size": 48, "batch_size_per_gpu": 16}}})");
  event.parameters = 96963;
  return event;
}

inline ProgressEvent progress() {
  ProgressEvent event;
  event.epoch = 17.58;
  event.samples = 19200;
  event.size = {48, 16};
  event.lr = 5e-4;
  event.losses = {{"l1loss", 0.0234567}};
  event.step_ms = 110;
  event.data_wait_ms = 0.4;
  event.data_wait_max_ms = 3;
  event.decode_mpixels_per_s = 12;
  event.cache_share = 1;
  event.memory_usage = 0.834;
  event.eta_s = 2187;
  event.total_iter = 20000;
  event.pixels = 176947200;
  event.seconds = 132;
  event.share = 0.06;
  return event;
}

inline SizeDecisionEvent growth() {
  SizeDecisionEvent event;
  event.action = SizeAction::kGrowLq;
  event.reason = "below the band";
  event.from = {48, 16};
  event.size = {64, 16};
  event.usage = 0.482;
  event.device_usage = 0.55;
  event.predicted_usage = 0.846;
  event.model = {4096, 3200.5, 0.02};
  return event;
}

inline RateDecisionEvent rate_reduction() {
  RateDecisionEvent event;
  event.action = RateAction::kReduce;
  event.cause = "plateau";
  event.reason = "the loss did not fall over 1000 steps (+0.10 %)";
  event.factor = 0.8;
  event.loss = 0.02;
  event.change = 0.001;
  event.t = 0.4;
  event.critical_t = -0.85;
  return event;
}

inline ClipDecisionEvent clipping() {
  ClipDecisionEvent event;
  event.network = "g";
  event.reason = "90th percentile of the norms";
  event.steps = 100;
  event.numbers = {0.52, 0.11, 0.1, 0.3, 0.52, 2.5};
  return event;
}

inline StopDecisionEvent stop() {
  StopDecisionEvent event;
  event.stop = true;
  event.reason = "no improvement by 0.001 for 2000 steps and 4 validations";
  event.metric = "val/psnr";
  event.value = 32.41;
  event.best = 32.44;
  event.best_step = 8000;
  event.steps_waited = 2000;
  event.validations_waited = 4;
  return event;
}

inline OutOfMemoryEvent out_of_memory() {
  OutOfMemoryEvent event;
  event.where = "train";
  event.kind = "genuine";
  event.size = {128, 64};
  event.requested_bytes = std::int64_t{96} << 20;
  event.to = {64, 16};
  event.lost_ms = 812;
  return event;
}

inline ValidationEvent validation() {
  ValidationEvent event;
  event.dataset = "Set14";
  event.metrics = {{"psnr", 32.4412}, {"ssim", 0.90561}};
  event.best = 32.4412;
  event.seconds = 2.3;
  event.is_best = true;
  return event;
}

inline EndEvent end() {
  EndEvent event;
  event.reason = "total_iter reached";
  event.samples = 320000;
  event.adjustments = 3;
  event.ooms = 1;
  event.best = {{"psnr", 32.4412}, {"ssim", 0.90561}};
  event.steps_per_s = 9.12;
  event.data_wait_share = 0.008;
  event.decode_mpixels_per_s = 41.2;
  event.cache_share = 0.97;
  event.final_size = {64, 24};
  event.folder = "experiments/2x_compact_t91";
  return event;
}

}  // namespace sr::test
