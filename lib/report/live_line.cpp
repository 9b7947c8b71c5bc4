#include "report/live_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/printable_text.h"
#include "core/units.h"
#include "report/text.h"

namespace sr {
namespace {

constexpr int kBarCells = 10;
constexpr const char* kSeparator = "  ";
constexpr double kHigh = 0.90;      ///< above the default band
constexpr double kCritical = 0.97;  ///< the ceiling for device memory

struct Part {
  std::string text;
  int rank = 0;       ///< the highest rank is left out first
  int invisible = 0;  ///< bytes that take no column: escape codes, UTF-8 continuations
};

std::string repeated(const char* cell, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += cell;
  }
  return text;
}

const char* usage_colour(double usage) {
  return usage > kCritical ? "\x1b[31m" : usage > kHigh ? "\x1b[33m" : "\x1b[32m";
}

Part memory_bar(double usage, const LiveStyle& style, int rank) {
  const double share = std::isfinite(usage) ? std::clamp(usage, 0.0, 1.0) : 0.0;
  const int full = static_cast<int>(std::lround(share * kBarCells));
  const std::string used = repeated(style.unicode ? "\u2588" : "#", full);
  const std::string free = repeated(style.unicode ? "\u2591" : ".", kBarCells - full);
  const std::string percent = percent_text(usage);
  // Every block character is three bytes and one column.
  int invisible = style.unicode ? 2 * kBarCells : 0;
  const std::string bar = style.unicode ? used + free : fmt::format("[{}{}]", used, free);
  std::string text = fmt::format("{} {}", bar, percent);
  if (style.colour) {
    const std::string begin = usage_colour(usage);
    const std::string end = "\x1b[0m";
    text = begin + text + end;
    invisible += static_cast<int>(begin.size() + end.size());
  }
  return {fmt::format("mem {}", text), rank, invisible};
}

int width(const std::vector<Part>& parts) {
  int total = 0;
  for (const Part& part : parts) {
    total += static_cast<int>(part.text.size()) - part.invisible + (total > 0 ? 2 : 0);
  }
  return total;
}

}  // namespace

std::string live_line(const LiveState& state, const LiveStyle& style) {
  std::vector<Part> parts;
  std::string counter = grouped(state.step);
  if (state.total_iter > 0) {
    counter += fmt::format("/{}", grouped(state.total_iter));
  }
  if (state.share > 0) {
    parts.push_back({done_text(state.share), 5});
  }
  parts.insert(parts.begin(), {counter, 0});
  const bool measured = state.step_ms > 0;
  if (measured) {
    parts.push_back({rate_text(state.step_ms), 1});
    parts.push_back({"eta " + format_duration(state.eta_s), 2});
  }
  parts.push_back({size_text(state.size), 4});
  if (measured) {
    parts.push_back(memory_bar(state.memory_usage, style, 6));
  }
  parts.push_back({fmt::format("lr {:.2e}", state.lr), 7});
  int rank = 3;
  for (const auto& [name, value] : state.losses) {
    const std::string label = state.losses.size() == 1 ? "loss" : printable(name);
    parts.push_back({label + " " + loss_text(value), rank});
    rank = std::max(rank + 1, 8);  // the first loss matters more than the bar, the others less
  }
  while (parts.size() > 1 && width(parts) >= style.columns) {
    parts.erase(std::max_element(parts.begin(), parts.end(),
                                 [](const Part& a, const Part& b) { return a.rank < b.rank; }));
  }
  std::string line;
  for (const Part& part : parts) {
    line += (line.empty() ? "" : kSeparator) + part.text;
  }
  return line;
}

}  // namespace sr
