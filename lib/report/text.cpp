#include "report/text.h"

#include <fmt/format.h>

#include <cmath>

namespace sr {

std::string grouped(std::int64_t value) {
  std::string text = fmt::format("{}", value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t end = text.size(); end > first + 3; end -= 3) {
    text.insert(end - 3, 1, ',');
  }
  return text;
}

std::string percent_text(double share) {
  return std::isfinite(share) ? fmt::format("{:.0f}%", share * 100) : "-";
}

std::string done_text(double share) {
  return fmt::format("{:.1f}%", 100 * share);
}

std::string loss_text(double value) {
  return fmt::format("{:.4g}", value);
}

std::string metric_text(double value) {
  return std::fabs(value) >= 10 ? fmt::format("{:.3f}", value) : fmt::format("{:.4f}", value);
}

std::string rate_text(double step_ms) {
  if (!(step_ms > 0) || !std::isfinite(step_ms)) {
    return "-";
  }
  if (step_ms > 1000) {
    return fmt::format("{:.2f} s/it", step_ms / 1000);
  }
  const double rate = 1000 / step_ms;
  return fmt::format("{:.{}f} it/s", rate, rate < 100 ? 2 : 0);
}

std::string size_text(const TrainingSize& size) {
  return fmt::format("lq {} x {}", size.lq_size, size.batch_size);
}

std::string size_words(const TrainingSize& size) {
  return fmt::format("lq {}, batch {}", size.lq_size, size.batch_size);
}

}  // namespace sr
