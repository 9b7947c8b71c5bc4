#pragma once

#include <cstdint>
#include <string>

#include "core/training_size.h"

// Numbers as console and log show them. Independent of the locale.

namespace sr {

/// 1234567 -> "1,234,567".
std::string grouped(std::int64_t value);

/// 0.834 -> "83%"; "-" when it is not finite.
std::string percent_text(double share);

/// Share of the run that is done, 0 to 1: "6.2%".
std::string done_text(double share);

/// A loss: four significant digits, "0.01234".
std::string loss_text(double value);

/// A metric: "32.123" from 10 on (dB), "0.9012" below.
std::string metric_text(double value);

/// "9.12 it/s", or "1.85 s/it" when a step takes longer than a second; "-" when step_ms is not
/// positive.
std::string rate_text(double step_ms);

/// "lq 48 x 16": side of the crop and samples in the batch.
std::string size_text(const TrainingSize& size);

/// "lq 48, batch 16".
std::string size_words(const TrainingSize& size);

}  // namespace sr
