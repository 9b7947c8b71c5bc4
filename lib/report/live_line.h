#pragma once

#include <cstdint>
#include <string>

#include "report/event.h"

namespace sr {

/// What the live line of a terminal shows.
struct LiveState {
  std::int64_t step = 0;
  std::int64_t total_iter = 0;  ///< 0 = not limited
  double share = 0;             ///< of the run that is done
  double eta_s = 0;
  TrainingSize size;
  double lr = 0;
  double step_ms = 0;  ///< 0 = not measured yet: rate, ETA and memory are left out
  double memory_usage = 0;
  NamedValues losses;
};

struct LiveStyle {
  int columns = 80;
  bool unicode = false;
  bool colour = false;
};

/// "1,234/20,000  6.2%  9.12 it/s  eta 0:36:27  lq 48 x 16  mem [########..] 83%  lr 5.00e-04  loss
/// 0.0234". Shorter than the terminal is wide, since a wrapped line cannot be redrawn: what matters
/// least goes first.
std::string live_line(const LiveState& state, const LiveStyle& style);

}  // namespace sr
