#include "data/item_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "core/random.h"

namespace sr {
namespace {

class ShuffledItems : public ItemOrder {
 public:
  ShuffledItems(std::uint64_t seed, std::uint64_t items) : seed_(seed), items_(items) {
    if (items == 0) {
      throw std::invalid_argument("an order of no items");
    }
  }
  std::uint64_t size() const override { return items_; }
  std::uint64_t item(std::uint64_t pass, std::uint64_t position) const override {
    return Permutation(hash(seed_, pass, Stream::kPermutation), items_)(position);
  }

 private:
  std::uint64_t seed_, items_;
};

/// One place for each root and the rest of `places` (>= roots.size()) by weight, rounded by largest
/// remainder (Hamilton's method).
std::vector<std::uint64_t> quotas_of(std::span<const WeightedRoot> roots, std::uint64_t places) {
  double total = 0;
  for (const WeightedRoot& root : roots) {
    total += root.weight;
  }
  const std::uint64_t shared = places - roots.size();
  std::vector<std::uint64_t> quotas;
  std::vector<std::pair<double, std::size_t>> remainders;
  for (const WeightedRoot& root : roots) {
    const double exact = root.weight / total * static_cast<double>(shared);
    remainders.emplace_back(exact - std::floor(exact), quotas.size());
    quotas.push_back(1 + static_cast<std::uint64_t>(exact));
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::uint64_t left = places - std::accumulate(quotas.begin(), quotas.end(), std::uint64_t{0});
  for (std::size_t i = 0; left > 0; --left, ++i) {
    ++quotas[remainders[i % remainders.size()].second];
  }
  return quotas;
}

class WeightedRoots : public ItemOrder {
 public:
  WeightedRoots(std::uint64_t seed, std::span<const WeightedRoot> roots) : seed_(seed) {
    for (const WeightedRoot& root : roots) {
      if (root.items == 0 || !(root.weight > 0)) {
        throw std::invalid_argument("a weighted root needs items and a positive weight");
      }
      places_ += root.items;
    }
    if (places_ == 0) {
      throw std::invalid_argument("an order of no items");
    }
    const std::vector<std::uint64_t> quotas = quotas_of(roots, places_);
    std::uint64_t item = 0;
    std::uint64_t place = 0;
    for (std::size_t i = 0; i < roots.size(); ++i) {
      roots_.push_back({item, roots[i].items, place, quotas[i]});
      item += roots[i].items;
      place += quotas[i];
    }
  }
  std::uint64_t size() const override { return places_; }
  std::uint64_t item(std::uint64_t pass, std::uint64_t position) const override {
    const std::uint64_t place =
        Permutation(hash(seed_, pass, Stream::kPermutation), places_)(position);
    const auto after = std::upper_bound(
        roots_.begin(), roots_.end(), place,
        [](std::uint64_t wanted, const Root& root) { return wanted < root.first_place; });
    const Root& root = *(after - 1);
    // The root's own endless sequence, of which each pass takes the next `quota`.
    const std::uint64_t turn = pass * root.quota + (place - root.first_place);
    const std::uint64_t key =
        hash(seed_, static_cast<std::uint64_t>(&root - roots_.data()), Stream::kRoot);
    const Permutation order(hash(key, turn / root.items, Stream::kPermutation), root.items);
    return root.first_item + order(turn % root.items);
  }

 private:
  struct Root {
    std::uint64_t first_item, items;
    std::uint64_t first_place, quota;
  };
  std::uint64_t seed_;
  std::uint64_t places_ = 0;
  std::vector<Root> roots_;
};

}  // namespace

std::unique_ptr<ItemOrder> shuffled_items(std::uint64_t seed, std::uint64_t items) {
  return std::make_unique<ShuffledItems>(seed, items);
}

std::unique_ptr<ItemOrder> weighted_roots(std::uint64_t seed, std::span<const WeightedRoot> roots) {
  return std::make_unique<WeightedRoots>(seed, roots);
}

}  // namespace sr
