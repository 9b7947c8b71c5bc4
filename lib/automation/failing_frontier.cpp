#include "automation/failing_frontier.h"

#include <algorithm>
#include <cmath>

namespace sr {

namespace {

constexpr double kSamePixels = 0.15;
constexpr std::ptrdiff_t kAnomaliesThatAreNone = 3;

bool about_as_many_pixels(TrainingSize a, TrainingSize b) {
  const auto first = static_cast<double>(a.pixels());
  const auto second = static_cast<double>(b.pixels());
  return std::abs(first - second) <= kSamePixels * std::max(first, second);
}

Json entries_to_json(const std::vector<FailingFrontier::Entry>& entries) {
  Json list = Json::array();
  for (const auto& entry : entries) {
    list.push_back(
        {{"size", entry.size}, {"external", entry.seen.external}, {"total", entry.seen.total}});
  }
  return list;
}

std::vector<FailingFrontier::Entry> entries_from_json(const Json& list) {
  std::vector<FailingFrontier::Entry> entries;
  for (const auto& item : list) {
    entries.push_back(
        {item.at("size").get<TrainingSize>(),
         {item.at("external").get<std::int64_t>(), item.at("total").get<std::int64_t>()}});
  }
  return entries;
}

}  // namespace

void FailingFrontier::add_genuine(TrainingSize size, MemorySituation seen) {
  std::erase_if(anomalies_, [&](const Entry& entry) { return covers(entry.size, size); });
  const auto smaller = std::find_if(genuine_.begin(), genuine_.end(),
                                    [&](const Entry& entry) { return covers(size, entry.size); });
  if (smaller != genuine_.end()) {
    return;
  }
  std::erase_if(genuine_, [&](const Entry& entry) { return covers(entry.size, size); });
  genuine_.push_back({size, seen});
}

bool FailingFrontier::add_anomaly(TrainingSize size, MemorySituation seen) {
  if (blocked(size)) {
    return false;
  }
  anomalies_.push_back({size, seen});
  const auto alike = [&](const Entry& entry) { return about_as_many_pixels(entry.size, size); };
  if (std::count_if(anomalies_.begin(), anomalies_.end(), alike) < kAnomaliesThatAreNone) {
    return false;
  }
  std::vector<Entry> group;
  std::copy_if(anomalies_.begin(), anomalies_.end(), std::back_inserter(group), alike);
  for (const auto& entry : group) {
    add_genuine(entry.size, entry.seen);
  }
  return true;
}

void FailingFrontier::expire(MemorySituation now, std::int64_t margin) {
  const auto outdated = [&](const Entry& entry) {
    return entry.seen.total != now.total || entry.seen.external - now.external > margin;
  };
  std::erase_if(genuine_, outdated);
  std::erase_if(anomalies_, outdated);
}

bool FailingFrontier::blocked(TrainingSize size) const {
  return std::any_of(genuine_.begin(), genuine_.end(),
                     [&](const Entry& entry) { return covers(size, entry.size); }) ||
         std::any_of(anomalies_.begin(), anomalies_.end(),
                     [&](const Entry& entry) { return entry.size == size; });
}

Json FailingFrontier::state() const {
  return {{"genuine", entries_to_json(genuine_)}, {"anomalies", entries_to_json(anomalies_)}};
}

void FailingFrontier::restore(const Json& state) {
  genuine_ = entries_from_json(state.at("genuine"));
  anomalies_ = entries_from_json(state.at("anomalies"));
}

}  // namespace sr
