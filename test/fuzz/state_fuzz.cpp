// Changed training states: as a .state file, and as the documents in it that automations go on
// from. A document that passes must leave an object that can be used.
//   fuzz_state --seconds 600 [a .state, or its documents]

#include <array>

#include "automation/dynamic_batch_size_optimizer.h"
#include "automation/early_stopping.h"
#include "automation/learning_rate_scheduler.h"
#include "checkpoint/training_state.h"
#include "core/error.h"
#include "fuzz/driver.h"
#include "support/temp_folder.h"

namespace sr::test {
namespace {

constexpr std::array<std::string_view, 24> kWords{"null",
                                                  "true",
                                                  "-1",
                                                  "0",
                                                  "1e308",
                                                  "-1e308",
                                                  "9223372036854775807",
                                                  "2147483648",
                                                  "1e-320",
                                                  "[",
                                                  "]",
                                                  "{",
                                                  "}",
                                                  ",",
                                                  ":",
                                                  "\"",
                                                  "[[1,2]]",
                                                  "\"size\"",
                                                  "\"state\"",
                                                  "4.5",
                                                  "\"\"",
                                                  "\\u0000",
                                                  "18446744073709551615",
                                                  "{}"};

SizeControllerSettings controller_settings() {
  SizeControllerSettings settings;
  settings.configured = {64, 4};
  settings.environment = "this device";
  return settings;
}

void use(DynamicBatchSizeOptimizer& optimizer) {
  constexpr std::int64_t kTotal = 1'000'000'000;
  const WindowReading window{
      .alloc_peak = kTotal / 2, .reserved_peak = kTotal / 2, .total = kTotal};
  optimizer.decide(window, optimizer.size());
  optimizer.after_failure({.requested = 1000, .live = kTotal, .total = kTotal}, optimizer.size());
  optimizer.state().dump();
}

void use(IntelligentEarlyStopping& stopping) {
  for (int i = 1; i < 30; ++i) {
    stopping.add(0.1);
    stopping.validated({.step = 10'000 * i, .value = 20.0 + i % 3, .size = {64, 4}});
  }
  stopping.state().dump();
}

void use(IntelligentLearningRateScheduler& scheduler) {
  scheduler.state().dump();
}

/// True when the document was taken.
template <typename Automation>
bool restored(Automation automation, const Json& document) {
  try {
    automation.restore(document);
  } catch (const CheckpointError&) {
    return false;
  }
  use(automation);
  return true;
}

bool restores_any(const std::string& text) {
  const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) {
    return false;
  }
  const bool sizes = restored(DynamicBatchSizeOptimizer(controller_settings()), document);
  const bool stopping = restored(IntelligentEarlyStopping({}), document);
  return restored(IntelligentLearningRateScheduler({}), document) || sizes || stopping;
}

bool reads_as_file(const std::string& bytes) {
  static const TempFolder folder;
  try {
    read_training_state(folder.write("training_states/1.state", bytes));
    return true;
  } catch (const CheckpointError&) {
    return false;
  }
}

/// The bytes of a state of one tensor and a document.
std::string state_file() {
  const TempFolder folder;
  TrainingState state;
  state.step = 1;
  state.document = {{"run", {{"step", 1}, {"ramp_from", 1.0}}}};
  write_training_state(folder / "training_states/1.state", state);
  return read_text(folder / "training_states/1.state");
}

}  // namespace

bool try_input(const std::string& bytes) {
  const bool file = reads_as_file(bytes);
  return restores_any(bytes) || file;
}

std::vector<std::string> built_in_samples() {
  DynamicBatchSizeOptimizer optimizer(controller_settings());
  use(optimizer);
  IntelligentEarlyStopping stopping({});
  use(stopping);
  return {state_file(), optimizer.state().dump(), stopping.state().dump(),
          IntelligentLearningRateScheduler({}).state().dump()};
}

std::span<const std::string_view> words_of_inputs() {
  return kWords;
}

}  // namespace sr::test
