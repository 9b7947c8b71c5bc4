#pragma once

namespace sr {

/// While it lives, what networks of this thread compute are calls of LibTorch's operators alone,
/// whose outputs are made by nothing else: no kernels of our own, no parts of a tensor that are
/// written one by one. So a recorder of those calls (export/recording.h) sees all there is. The
/// values are the same but for rounding.
class PlainOperators {
 public:
  PlainOperators();
  ~PlainOperators();
  PlainOperators(const PlainOperators&) = delete;
  PlainOperators& operator=(const PlainOperators&) = delete;

 private:
  bool before_;
};

/// Whether this thread is to do so now.
bool plain_operators();

}  // namespace sr
