#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "core/error.h"

namespace sr {

/// Somebody asked for the end of the run.
struct StopRequest {
  ExitCode code;
  std::string_view name;  ///< of the signal
};

/// A request to stop, as every rank hears of it at the same step: what reaches one rank goes into
/// its next vote.
class SharedStop {
 public:
  /// `own` tells what has reached this process.
  explicit SharedStop(std::function<std::optional<StopRequest>()> own) : own_(std::move(own)) {}

  std::optional<StopRequest> own() const { return own_(); }
  /// For a ballot: 0 = none.
  int own_code() const {
    const auto request = own_();
    return request ? static_cast<int>(request->code) : 0;
  }
  void agree(std::optional<ExitCode> code) {
    if (code) {
      agreed_ = code;
    }
  }
  /// What all ranks act on.
  std::optional<StopRequest> agreed() const {
    if (!agreed_) {
      return std::nullopt;
    }
    const auto request = own_();
    return StopRequest{*agreed_, request ? request->name : "of another rank"};
  }

 private:
  std::function<std::optional<StopRequest>()> own_;
  std::optional<ExitCode> agreed_;
};

}  // namespace sr
