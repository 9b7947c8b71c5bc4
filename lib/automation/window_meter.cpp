#include "automation/window_meter.h"

#include <algorithm>

namespace sr {

WindowMeter::WindowMeter(std::int64_t frequency, std::int64_t warm_up_steps)
    : frequency_(std::max<std::int64_t>(frequency, 1)),
      warm_up_steps_(std::clamp<std::int64_t>(warm_up_steps, 0, frequency_ - 1)) {}

void WindowMeter::add(const StepReading& reading, TrainingSize size) {
  if (size_ != size) {
    size_ = size;
    steps_ = 0;
    warm_up_left_ = warm_up_steps_;
    measured_ = false;
  }
  ++steps_;
  const std::int64_t retries = reading.retries - retries_before_;
  retries_before_ = reading.retries;
  if (warm_up_left_ > 0) {
    --warm_up_left_;
    return;
  }
  if (!measured_) {
    window_ = WindowReading{};
    window_.between_steps = reading.allocated;
    measured_ = true;
  }
  window_.alloc_peak = std::max(window_.alloc_peak, reading.alloc_peak);
  window_.reserved_peak = std::max(window_.reserved_peak, reading.reserved_peak);
  window_.external = std::max(window_.external, reading.external);
  window_.between_steps = std::min(window_.between_steps, reading.allocated);
  window_.total = reading.total;
  window_.retries += retries;
}

WindowReading WindowMeter::take() {
  steps_ = 0;
  measured_ = false;
  return window_;
}

Json WindowMeter::state() const {
  return {{"size", size_ ? Json(*size_) : Json(nullptr)},
          {"steps", steps_},
          {"warm_up_left", warm_up_left_},
          {"measured", measured_},
          {"alloc_peak", window_.alloc_peak},
          {"reserved_peak", window_.reserved_peak},
          {"external", window_.external},
          {"fixed_lower", window_.between_steps},
          {"total", window_.total},
          {"retries", window_.retries}};
}

void WindowMeter::restore(const Json& state) {
  size_.reset();
  if (!state.at("size").is_null()) {
    size_ = state.at("size").get<TrainingSize>();
  }
  state.at("steps").get_to(steps_);
  state.at("warm_up_left").get_to(warm_up_left_);
  state.at("measured").get_to(measured_);
  state.at("alloc_peak").get_to(window_.alloc_peak);
  state.at("reserved_peak").get_to(window_.reserved_peak);
  state.at("external").get_to(window_.external);
  state.at("fixed_lower").get_to(window_.between_steps);
  state.at("total").get_to(window_.total);
  state.at("retries").get_to(window_.retries);
  retries_before_ = 0;
}

}  // namespace sr
