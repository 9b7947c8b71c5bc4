#include "report/format_event.h"

#include <limits>

#include "report/events.h"
#include "support/catch.h"

using namespace sr::test;
using sr::Verbosity;

namespace {

/// All lines of an event as text, after the start of the run.
std::string show(sr::EventData data, Verbosity verbosity = Verbosity::kNormal,
                 std::int64_t step = 1200) {
  sr::EventFormatter format(verbosity);
  format(at(0, start()));
  std::string text;
  for (const sr::TextLine& line : format(at(step, std::move(data)))) {
    text += text.empty() ? "" : "\n";
    text += sr::plain_text(line);
  }
  return text;
}

}  // namespace

TEST_CASE("the start shows device and network and data and goal", "[report]") {
  sr::StartEvent resumed = start();
  resumed.resumed_from = "training_states/1000.state";
  CHECK(show(resumed, Verbosity::kNormal, 1000) ==
        "sr-train 0.1.0  2x_compact_t91\n"
        "  device         cpu, 16.0 GiB, limited to 256.0 MiB\n"
        "  network        compact x2, 96,963 parameters\n"
        "  data           T91, lq 48, batch 16\n"
        "  goal           20,000 steps\n"
        "  resumed        after step 1,000 from training_states/1000.state");
}

TEST_CASE("the goal names every end that the run has", "[report]") {
  sr::StartEvent hours = start();
  hours.config["train"] = {{"total_iter", nullptr}, {"total_samples", 0}, {"max_hours", 1.5}};
  CHECK(show(hours).find("goal           1.5 hours") != std::string::npos);
  hours.config["train"] = {{"total_iter", 5000}, {"total_pixels", 2e12}, {"max_hours", 8}};
  CHECK(show(hours).find("goal           5,000 steps or 2,000,000,000,000 GT pixels or 8 hours") !=
        std::string::npos);
}

TEST_CASE("a run that ends otherwise than by its steps says by what", "[report]") {
  sr::EndEvent ended = end();
  CHECK(show(ended).find("reason") == std::string::npos);
  ended.reason = "max_hours reached";
  CHECK(show(ended).find("reason         max_hours reached") != std::string::npos);
}

TEST_CASE("a start without a configuration still reads well", "[report]") {
  sr::StartEvent bare;
  bare.version = "0.1.0";
  bare.device = "cuda:0";
  bare.parameters = 10;
  CHECK(show(bare) ==
        "sr-train 0.1.0\n  device         cuda:0, 0 B\n  network        10 parameters");
}

TEST_CASE("a progress line has all a person looks for", "[report]") {
  CHECK(show(progress()) ==
        "  1,200  train       6.0%  epoch 17.58  9.09 it/s  eta 0:36:27  lq 48 x 16  mem 83%  "
        "lr 5.00e-04  loss 0.02346");
}

TEST_CASE("several losses are named", "[report]") {
  sr::ProgressEvent event = progress();
  event.losses = {{"l1", 0.5}, {"gan", 0.25}};
  CHECK(show(event).find("l1 0.5  gan 0.25") != std::string::npos);
}

TEST_CASE("a progress line mentions waiting for data and skipped steps only when there are any",
          "[report]") {
  CHECK(show(progress()).find("waiting") == std::string::npos);
  CHECK(show(progress()).find("skipped") == std::string::npos);
  sr::ProgressEvent slow = progress();
  slow.data_wait_ms = 40;
  slow.skipped = 3;
  CHECK(show(slow).find("waiting for data 36%") != std::string::npos);
  CHECK(show(slow).find("skipped 3") != std::string::npos);
}

TEST_CASE("a size decision says what changes and why", "[report]") {
  CHECK(show(growth()) ==
        "  1,200  size      lq 48 -> 64, batch 16: memory 48% now, about 85% expected "
        "(below the band)");
  sr::SizeDecisionEvent batch = growth();
  batch.size = {48, 20};
  CHECK(show(batch).find("lq 48, batch 16 -> 20:") != std::string::npos);
}

TEST_CASE("a decision that keeps the sizes is shown in verbose mode only", "[report]") {
  sr::SizeDecisionEvent hold = growth();
  hold.size = hold.from;
  hold.reason = "in the band";
  CHECK(show(hold).empty());
  CHECK(show(hold, Verbosity::kVerbose) ==
        "  1,200  size      lq 48, batch 16 kept: memory 48% (in the band)");
}

TEST_CASE("a change of the learning rate says from what to what and why", "[report]") {
  CHECK(show(rate_reduction()) ==
        "  1,200  lr        factor 1 -> 0.8: the loss did not fall over 1000 steps (+0.10 %)");
  sr::RateDecisionEvent bound = rate_reduction();
  bound.from = bound.factor = 0.1;
  CHECK(show(bound).find("factor 0.1 kept") != std::string::npos);
}

TEST_CASE("clipping is shown in verbose mode only", "[report]") {
  CHECK(show(clipping()).empty());
  CHECK(
      show(clipping(), Verbosity::kVerbose) ==
      "  1,200  clip      g: limit 0.52 (90th percentile of the norms), clipped 11% of 100 steps");
}

TEST_CASE("early stopping says why and where the best was", "[report]") {
  CHECK(show(stop()) ==
        "  1,200  stop      stop: val/psnr 32.410, best 32.440 at step 8,000 (no improvement by "
        "0.001 for 2000 steps and 4 validations)");
  sr::StopDecisionEvent further = stop();
  further.stop = false;
  CHECK(show(further).empty());
  CHECK_FALSE(show(further, Verbosity::kVerbose).empty());
  sr::EndEvent ended = end();
  ended.reason = "early_stopping: " + further.reason;
  CHECK(show(ended).find("reason         early_stopping: no improvement") != std::string::npos);
}

TEST_CASE("an out-of-memory in training says that the same samples come again", "[report]") {
  CHECK(show(out_of_memory()) ==
        "  1,200  memory    out of memory at lq 128, batch 64 (asked for 96.0 MiB more), same "
        "samples "
        "again at lq 64, batch 16: too big, avoided from now on (0.8 s)");
}

TEST_CASE("an out-of-memory at the floor names the parts", "[report]") {
  sr::OutOfMemoryEvent oom = out_of_memory();
  oom.to_micro_batch = 2;
  CHECK(show(oom).find("lq 64, batch 16 in parts of 2") != std::string::npos);
}

TEST_CASE("an out-of-memory outside of training says that the sizes stay", "[report]") {
  sr::OutOfMemoryEvent oom = out_of_memory();
  oom.where = "validation";
  CHECK(show(oom) ==
        "  1,200  memory    out of memory in validation (asked for 96.0 MiB more), repeated in "
        "smaller tiles, training stays at lq 64, batch 16 (0.8 s)");
  oom.where = "checkpoint";
  oom.requested_bytes = 0;
  CHECK(show(oom) ==
        "  1,200  memory    out of memory while saving, tried again, training stays at lq 64, "
        "batch 16 (0.8 s)");
}

TEST_CASE("a class of out-of-memory that has no words here is shown as it is", "[report]") {
  sr::OutOfMemoryEvent oom = out_of_memory();
  oom.kind = "cosmic";
  CHECK(show(oom).find(": cosmic (0.8 s)") != std::string::npos);
}

TEST_CASE("a validation says when it is the best so far", "[report]") {
  CHECK(show(validation()) ==
        "  1,200  val       Set14: psnr 32.441, ssim 0.9056  (new best)  2.3 s");
  sr::ValidationEvent worse = validation();
  worse.is_best = false;
  worse.best = 32.5;
  worse.tile_size = 256;
  CHECK(
      show(worse) ==
      "  1,200  val       Set14: psnr 32.441, ssim 0.9056  (best 32.500)  2.3 s, in tiles of 256");
}

TEST_CASE("only the first validation set is compared with the best score", "[report]") {
  sr::EventFormatter format(Verbosity::kNormal);
  sr::ValidationEvent event = validation();
  event.is_best = false;
  CHECK(format(at(1, event)).at(0).text.find("best") != std::string::npos);
  event.dataset = "Urban100";
  CHECK(format(at(1, event)).at(0).text.find("best") == std::string::npos);
  event.dataset = "Set14";
  CHECK(format(at(2, event)).at(0).text.find("best") != std::string::npos);
}

TEST_CASE("a checkpoint shows its size in verbose mode", "[report]") {
  const sr::CheckpointEvent event{"training_states/1200.state", 3 << 20, 0.125};
  CHECK(show(event) == "  1,200  saved     training_states/1200.state");
  CHECK(show(event, Verbosity::kVerbose) ==
        "  1,200  saved     training_states/1200.state  (3.0 MiB, 0.12 s)");
}

TEST_CASE("a warning names its file once", "[report]") {
  CHECK(show(sr::WarningEvent{"smaller than the crop", "a.png"}) ==
        "  1,200  warning   a.png: smaller than the crop");
  CHECK(show(sr::WarningEvent{"a.png is damaged", "a.png"}) ==
        "  1,200  warning   a.png is damaged");
  CHECK(show(sr::WarningEvent{"plain", ""}) == "  1,200  warning   plain");
}

TEST_CASE("further lines of a message stand below the first", "[report]") {
  CHECK(show(sr::WarningEvent{"one\ntwo\n\nthree\n", ""}) ==
        "  1,200  warning   one\n"
        "                   two\n"
        "                   three");
}

TEST_CASE("the step column is as wide as the run is long", "[report]") {
  sr::EventFormatter format(Verbosity::kNormal);
  sr::StartEvent event = start();
  event.config["train"]["total_iter"] = 1000000;
  format(at(0, event));
  CHECK(format(at(12, sr::NoticeEvent{"x"})).at(0).step == "       12");
}

TEST_CASE("the closing table of a finished run", "[report]") {
  CHECK(show(end(), Verbosity::kNormal, 20000) ==
        "done: 20,000 steps, 0:00:13 in this run\n"
        "  best           psnr 32.441, ssim 0.9056\n"
        "  speed          9.12 steps/s\n"
        "  data           waited 0.8 % of the time, 41 MPixel/s decoded by a thread, 97 % from "
        "memory\n"
        "  final sizes    lq 64, batch 24\n"
        "  adjustments    3\n"
        "  out of memory  1 (no step or sample lost)\n"
        "  weights        experiments/2x_compact_t91/models\n"
        "  log            experiments/2x_compact_t91/train.log, events.jsonl");
}

TEST_CASE("the closing table of a stopped run has the reason and never hides a loss", "[report]") {
  sr::EndEvent event = end();
  event.exit_code = sr::ExitCode::kDoesNotFit;
  event.reason = "does not fit\nneeded 300 MiB\nfree 200 MiB";
  event.steps_lost = 1;
  event.samples_lost = 16;
  event.skipped = 2;
  const std::string text = show(event, Verbosity::kNormal, 1234);
  CHECK(
      text.starts_with("stopped after step 1,234, 0:00:13 in this run, exit code 5\n"
                       "  reason         does not fit\n"
                       "                 needed 300 MiB\n"
                       "                 free 200 MiB\n"));
  CHECK(text.find("1 (1 steps and 16 samples lost)") != std::string::npos);
  CHECK(text.find("skipped steps  2") != std::string::npos);
}

TEST_CASE("quiet shows warnings and the closing table and nothing else", "[report]") {
  for (const sr::EventData& hidden :
       {sr::EventData(start()), sr::EventData(progress()), sr::EventData(growth()),
        sr::EventData(out_of_memory()), sr::EventData(validation()),
        sr::EventData(sr::CheckpointEvent{}), sr::EventData(sr::NoticeEvent{"x"})}) {
    CHECK(show(hidden, Verbosity::kQuiet).empty());
  }
  CHECK_FALSE(show(sr::WarningEvent{"x", ""}, Verbosity::kQuiet).empty());
  CHECK_FALSE(show(end(), Verbosity::kQuiet).empty());
}

TEST_CASE("ticks are no lines", "[report]") {
  CHECK(show(sr::ClockEvent{7}, Verbosity::kVerbose).empty());
  CHECK(show(sr::TickEvent{}, Verbosity::kVerbose).empty());
}
