#include "automation/size_limits.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"

namespace sr {

namespace {

void require_range(const char* name, int low, int configured, int high) {
  if (low < 1 || low > high) {
    throw ConfigError(
        fmt::format("min_{0} {1} and max_{0} {2}: need 1 <= min <= max", name, low, high));
  }
  if (configured < low || configured > high) {
    throw ConfigError(
        fmt::format("{0} {1} is outside min_{0} {2} .. max_{0} {3}", name, configured, low, high));
  }
}

}  // namespace

SizeLimits::SizeLimits(const SizeControllerSettings& settings)
    : min_batch_(settings.min_batch_size),
      max_batch_(settings.max_batch_size),
      configured_(settings.configured) {
  require_range("batch_size", min_batch_, configured_.batch_size, max_batch_);
  require_range("lq_size", settings.min_lq_size, configured_.lq_size, settings.max_lq_size);
  if (settings.lq_multiple < 1) {
    throw ConfigError(
        fmt::format("lq_size must move in steps of at least 1, not {}", settings.lq_multiple));
  }
  int largest = settings.max_lq_size;
  if (settings.data_lq_limit > 0 && settings.data_lq_limit < largest) {
    largest = settings.data_lq_limit;
    limited_by_data_ = true;
  }
  const int step = settings.lq_multiple;
  const int first = (settings.min_lq_size + step - 1) / step * step;
  for (int lq = first; lq <= largest; lq += step) {
    lq_sizes_.push_back(lq);
  }
  const auto place = std::lower_bound(lq_sizes_.begin(), lq_sizes_.end(), configured_.lq_size);
  if (place == lq_sizes_.end() || *place != configured_.lq_size) {
    lq_sizes_.insert(place, configured_.lq_size);
  }
}

std::optional<TrainingSize> SizeLimits::make(int lq_size, int batch_size) const {
  const bool lq_legal = std::binary_search(lq_sizes_.begin(), lq_sizes_.end(), lq_size);
  if (!lq_legal || batch_size < min_batch_ || batch_size > max_batch_) {
    return std::nullopt;
  }
  const TrainingSize size{lq_size, batch_size};
  return size.pixels() <= most_pixels_ ? std::optional(size) : std::nullopt;
}

TrainingSize SizeLimits::at_most(TrainingSize wanted) const {
  const auto above = std::upper_bound(lq_sizes_.begin(), lq_sizes_.end(), wanted.lq_size);
  return {above == lq_sizes_.begin() ? lq_sizes_.front() : *(above - 1),
          std::clamp(wanted.batch_size, min_batch_, max_batch_)};
}

std::optional<int> SizeLimits::lq_above(int lq_size) const {
  const auto above = std::upper_bound(lq_sizes_.begin(), lq_sizes_.end(), lq_size);
  return above == lq_sizes_.end() ? std::nullopt : std::optional(*above);
}

}  // namespace sr
