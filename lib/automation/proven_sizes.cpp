#include "automation/proven_sizes.h"

#include <algorithm>
#include <tuple>

#include "automation/failing_frontier.h"

namespace sr {

void ProvenSizes::add(TrainingSize size, std::int64_t external) {
  remove_if([&](TrainingSize known) { return known == size; });
  entries_.push_back({size, external});
  if (entries_.size() > capacity_) {
    entries_.erase(entries_.begin());
  }
}

void ProvenSizes::remove_if(const std::function<bool(TrainingSize)>& no_longer) {
  std::erase_if(entries_, [&](const Entry& entry) { return no_longer(entry.size); });
}

const ProvenSizes::Entry* ProvenSizes::proof_of(TrainingSize size) const {
  const Entry* proof = nullptr;
  for (const Entry& entry : entries_) {
    if (covers(entry.size, size) && (proof == nullptr || entry.external > proof->external)) {
      proof = &entry;
    }
  }
  return proof;
}

std::optional<TrainingSize> ProvenSizes::largest_below(
    TrainingSize failed, const std::function<bool(TrainingSize)>& usable) const {
  std::optional<TrainingSize> best;
  const auto rank = [](TrainingSize size) { return std::tuple(size.pixels(), size.lq_size); };
  for (const auto& entry : entries_) {
    const bool below = covers(failed, entry.size) && entry.size != failed;
    if (below && usable(entry.size) && (!best || rank(entry.size) > rank(*best))) {
      best = entry.size;
    }
  }
  return best;
}

Json ProvenSizes::state() const {
  Json list = Json::array();
  for (const auto& entry : entries_) {
    list.push_back({{"size", entry.size}, {"external", entry.external}});
  }
  return list;
}

void ProvenSizes::restore(const Json& state) {
  entries_.clear();
  for (const auto& item : state) {
    entries_.push_back(
        {item.at("size").get<TrainingSize>(), item.at("external").get<std::int64_t>()});
  }
}

}  // namespace sr
