#include "automation/loss_blocks.h"

namespace sr {

bool LossBlocks::add(double loss) {
  sum_ += loss;
  if (++count_ < length_) {
    return false;
  }
  if (full()) {
    means_.erase(means_.begin());
  }
  means_.push_back(sum_ / static_cast<double>(length_));
  sum_ = 0;
  count_ = 0;
  return true;
}

void LossBlocks::clear() {
  means_.clear();
  sum_ = 0;
  count_ = 0;
}

Json LossBlocks::state() const {
  return {
      {"length", length_}, {"keep", keep_}, {"means", means_}, {"sum", sum_}, {"count", count_}};
}

void LossBlocks::restore(const Json& state) {
  clear();
  if (state.at("length").get<std::int64_t>() != length_ ||
      state.at("keep").get<std::int64_t>() != keep_) {
    return;
  }
  state.at("means").get_to(means_);
  state.at("sum").get_to(sum_);
  state.at("count").get_to(count_);
}

}  // namespace sr
