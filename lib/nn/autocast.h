#pragma once

#include <optional>

#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>

namespace sr {

/// Autocast of this thread for one scope: forward and losses inside, backward outside. Leaving
/// restores what was before and drops the cached half-precision weights, which would otherwise
/// outlive the next optimizer step.
class AutocastGuard {
 public:
  /// `dtype` = kBFloat16 or kHalf; empty = no autocast, and the guard does nothing.
  AutocastGuard(c10::DeviceType device, std::optional<c10::ScalarType> dtype);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  c10::DeviceType device_;
  bool active_;
  bool previous_enabled_ = false;
  c10::ScalarType previous_dtype_ = c10::ScalarType::Float;
};

}  // namespace sr
