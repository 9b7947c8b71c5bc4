#pragma once

#include <string>

#include "core/training_size.h"
#include "support/catch.h"

/// Lets a failed check show sizes as "64 x 8".
namespace Catch {
template <>
struct StringMaker<sr::TrainingSize> {
  static std::string convert(const sr::TrainingSize& size) {
    return std::to_string(size.lq_size) + " x " + std::to_string(size.batch_size);
  }
};
}  // namespace Catch
