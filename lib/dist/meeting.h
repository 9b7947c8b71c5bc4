#pragma once

#include <chrono>

#include <c10/util/intrusive_ptr.h>

#include "dist/place.h"

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace sr {

/// What the ranks of a run have in common once they have met.
struct Meeting {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::Backend> group;  ///< of all, for tensors in host memory
};

/// Meets the others. Throws ConfigError when they do not belong together (dist/check_in.h), and
/// RankLostError when they do not come: none of what is waited for takes longer than `timeout`, and
/// all of it together no longer than three of them, whatever it is that listens at the address.
Meeting meet(const Place& place, std::chrono::milliseconds timeout);

}  // namespace sr
