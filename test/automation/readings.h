#pragma once

#include "automation/dynamic_batch_size_optimizer.h"

// Readings of a made-up device for tests that feed the optimizer by hand.

namespace sr::test {

constexpr std::int64_t kTotal = 1'000'000'000;

inline SizeControllerSettings settings(TrainingSize configured) {
  SizeControllerSettings made;
  made.configured = configured;
  made.adjustment_frequency = 20;
  return made;
}

/// A window in which training used this share of a device and other programs `external`.
inline WindowReading window(double usage, double external = 0) {
  const auto peak = static_cast<std::int64_t>(usage * kTotal);
  return {peak, peak, static_cast<std::int64_t>(external * kTotal), kTotal / 100, kTotal, 0};
}

}  // namespace sr::test
