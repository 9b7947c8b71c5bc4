#pragma once

#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "checkpoint/pickle.h"
#include "core/error.h"

namespace sr::pickle {

[[noreturn]] inline void malformed() {
  throw CheckpointError("its pickle is malformed");
}

/// The machine's stack. A mark is where a list of unknown length begins; what lies below the last
/// one cannot be reached. Every misuse throws CheckpointError.
class Stack {
 public:
  void push(Ref ref) { refs_.push_back(ref); }

  Ref top() const {
    if (above_mark() == 0) {
      malformed();
    }
    return refs_.back();
  }

  Ref pop() {
    const Ref ref = top();
    refs_.pop_back();
    return ref;
  }

  std::vector<Ref> pop(std::size_t count) {
    if (above_mark() < count) {
      malformed();
    }
    const auto first = refs_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Ref> popped(first, refs_.end());
    refs_.erase(first, refs_.end());
    return popped;
  }

  void mark() {
    if (marks_.size() >= kMaxOpenMarks) {
      throw CheckpointError(fmt::format("its pickle is nested more than {} deep", kMaxOpenMarks));
    }
    marks_.push_back(refs_.size());
  }

  /// What lies above the last mark, and the mark itself.
  std::vector<Ref> pop_to_mark() {
    if (marks_.empty()) {
      malformed();
    }
    std::vector<Ref> popped = pop(above_mark());
    marks_.pop_back();
    return popped;
  }

  bool ends_with_mark() const { return !marks_.empty() && above_mark() == 0; }

 private:
  std::size_t above_mark() const { return refs_.size() - (marks_.empty() ? 0 : marks_.back()); }

  std::vector<Ref> refs_;
  std::vector<std::size_t> marks_;  ///< heights of the stack, rising
};

}  // namespace sr::pickle
