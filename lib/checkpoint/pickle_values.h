#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "checkpoint/pickle.h"
#include "checkpoint/pickle_stack.h"
#include "core/error.h"

namespace sr::pickle {

/// What the machine has built so far. Both numbers are bounded: a few bytes of a pickle can ask for
/// a value, or put all that lies on the stack into a container once more.
class Values {
 public:
  Value& operator[](Ref ref) { return pickle_.values[ref]; }

  Ref add(Value value) {
    if (pickle_.values.size() >= kMaxValues) {
      throw CheckpointError(fmt::format("its pickle has more than {} values", kMaxValues));
    }
    pickle_.values.push_back(std::move(value));
    return static_cast<Ref>(pickle_.values.size() - 1);
  }

  /// Puts items into a container of that kind, or into an object of another class.
  void add_to(Ref container, Kind kind, const std::vector<Ref>& items) {
    Value& target = pickle_.values[container];
    if (target.kind != kind && target.kind != Kind::kCall) {
      malformed();
    }
    if (kind == Kind::kDict && items.size() % 2 != 0) {
      malformed();
    }
    items_added_ += items.size();
    if (items_added_ > kMaxItems) {
      throw CheckpointError(fmt::format("its pickle has more than {} entries", kMaxItems));
    }
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  Pickle finish(Ref root, std::size_t length) {
    pickle_.root = root;
    pickle_.length = length;
    return std::move(pickle_);
  }

 private:
  Pickle pickle_;
  std::size_t items_added_ = 0;
};

}  // namespace sr::pickle
