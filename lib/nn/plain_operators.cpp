#include "nn/plain_operators.h"

#include <utility>

namespace sr {
namespace {

thread_local bool plain = false;  // as LibTorch keeps its own modes

}  // namespace

PlainOperators::PlainOperators() : before_(std::exchange(plain, true)) {}

PlainOperators::~PlainOperators() {
  plain = before_;
}

bool plain_operators() {
  return plain;
}

}  // namespace sr
