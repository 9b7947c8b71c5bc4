#include "report/event.h"

#include <limits>

#include "report/events.h"
#include "support/catch.h"

using nlohmann::ordered_json;
using namespace sr::test;

namespace {

std::string keys(const ordered_json& object) {
  std::string text;
  for (const auto& item : object.items()) {
    text += (text.empty() ? "" : " ") + item.key();
  }
  return text;
}

std::string event_keys(sr::EventData data) {
  return keys(sr::to_json(at(7, std::move(data))));
}

}  // namespace

TEST_CASE("every line begins with event and step and time and elapsed_s", "[report]") {
  const ordered_json line = sr::to_json(at(7, sr::CheckpointEvent{"7.state", 10, 0.5}, 1.2500004));
  CHECK(line.dump() ==
        R"({"event":"checkpoint","step":7,"time":"2026-01-31T12:34:56.789Z","elapsed_s":1.25,)"
        R"("path":"7.state","bytes":10,"seconds":0.5})");
}

TEST_CASE("each kind has exactly the promised fields", "[report]") {
  const std::string first = "event step time elapsed_s ";
  CHECK(event_keys(start()) == first +
                                   "version device device_memory_bytes memory_limit_bytes config "
                                   "resumed_from parameters world hosts ranks");
  CHECK(event_keys(progress()) ==
        first +
            "epoch samples pixels trained_s lq_size batch_size lr losses step_ms data_wait_ms "
            "data_wait_max_ms "
            "decode_mpixels_per_s cache_share memory_usage skipped eta_s clipping slowest_rank "
            "sync_share ranks");
  CHECK(event_keys(growth()) ==
        first +
            "action reason from to recompute usage device_usage predicted_usage model rejected");
  CHECK(event_keys(rate_reduction()) ==
        first + "action cause reason from factor loss change t critical_t validations");
  CHECK(event_keys(clipping()) == first + "network reason steps threshold share norms");
  CHECK(event_keys(stop()) ==
        first +
            "action reason metric value best best_step steps_waited validations_waited growing "
            "trend_points metric_t loss_t loss_change");
  CHECK(event_keys(out_of_memory()) ==
        first + "where class lq_size batch_size micro_batch requested_bytes to lost_ms rank");
  CHECK(event_keys(validation()) == first + "dataset metrics best seconds tile_size");
  CHECK(event_keys(sr::ClockEvent{250}) == first + "permille");
  CHECK(event_keys(sr::WarningEvent{"m", "f"}) == first + "message file");
  CHECK(event_keys(end()) ==
        first + "exit_code reason samples adjustments ooms skipped steps_lost samples_lost");
}

TEST_CASE("what a decision rests on is in its event", "[report]") {
  sr::SizeDecisionEvent decision = growth();
  decision.micro_batch = 4;
  decision.recompute = true;
  decision.rejected = {{{72, 16}, "has failed"}};
  const ordered_json size = sr::to_json(at(7, decision));
  CHECK(size["action"] == "grow_lq");
  CHECK(size["to"].dump() == R"({"lq_size":64,"batch_size":16,"micro_batch":4,"recompute":true})");
  CHECK(size["from"].dump() == R"({"lq_size":48,"batch_size":16})");
  CHECK(size["recompute"] == true);
  CHECK(size["model"].dump() ==
        R"({"fixed_bytes":4096,"bytes_per_lq_pixel":3200.5,"reserve":0.02})");
  CHECK(size["rejected"].dump() == R"([{"lq_size":72,"batch_size":16,"reason":"has failed"}])");
  CHECK(sr::to_json(at(7, rate_reduction()))["action"] == "reduce");
  CHECK(sr::to_json(at(7, rate_reduction()))["cause"] == "plateau");
  CHECK(sr::to_json(at(7, stop()))["action"] == "stop");
  sr::ProgressEvent clipped = progress();
  clipped.clipping = {{"g", clipping().numbers}};
  CHECK(sr::to_json(at(7, clipped))["clipping"].dump() ==
        R"({"g":{"threshold":0.52,"share":0.11,)"
        R"("norms":{"p10":0.1,"p50":0.3,"p90":0.52,"largest":2.5}}})");
}

TEST_CASE("sizes are objects and only an out-of-memory names a micro batch", "[report]") {
  const ordered_json decision = sr::to_json(at(7, growth()));
  CHECK(decision["from"].dump() == R"({"lq_size":48,"batch_size":16})");
  CHECK(decision["to"].dump() == R"({"lq_size":64,"batch_size":16})");
  const ordered_json oom = sr::to_json(at(7, out_of_memory()));
  CHECK(oom["class"] == "genuine");
  CHECK(oom["to"].dump() == R"({"lq_size":64,"batch_size":16,"micro_batch":0})");
  sr::OutOfMemoryEvent twice = out_of_memory();
  twice.to_recompute = true;
  CHECK(sr::to_json(at(7, twice))["to"].dump() ==
        R"({"lq_size":64,"batch_size":16,"micro_batch":0,"recompute":true})");
}

TEST_CASE("named values keep their order", "[report]") {
  CHECK(sr::to_json(at(7, validation()))["metrics"].dump() == R"({"psnr":32.4412,"ssim":0.90561})");
}

TEST_CASE("what has no value is null", "[report]") {
  sr::StartEvent fresh = start();
  fresh.memory_limit_bytes.reset();
  CHECK(sr::to_json(at(0, fresh))["memory_limit_bytes"].is_null());
  CHECK(sr::to_json(at(0, fresh))["resumed_from"].is_null());
  CHECK(sr::to_json(at(0, sr::WarningEvent{"m", ""}))["file"].is_null());
  CHECK(sr::to_json(at(0, progress()))["clipping"].is_null());
}

TEST_CASE("a number that JSON cannot hold is null", "[report]") {
  sr::ProgressEvent diverged = progress();
  diverged.losses = {{"l1loss", std::numeric_limits<double>::quiet_NaN()}};
  diverged.eta_s = std::numeric_limits<double>::infinity();
  const ordered_json line = sr::to_json(at(7, diverged));
  CHECK(line["losses"]["l1loss"].is_null());
  CHECK(line["eta_s"].is_null());
}

TEST_CASE("the exit code is its number", "[report]") {
  sr::EndEvent interrupted = end();
  interrupted.exit_code = sr::ExitCode::kInterrupted;
  CHECK(sr::to_json(at(7, interrupted))["exit_code"] == 130);
}

TEST_CASE("notices and ticks are not in the event log", "[report]") {
  CHECK(sr::to_json(at(7, sr::NoticeEvent{"hello"})).is_null());
  CHECK(sr::to_json(at(7, sr::TickEvent{})).is_null());
}
