#pragma once

#include <string>

#include <c10/util/intrusive_ptr.h>

#include "dist/place.h"

namespace c10d {
class Store;
}

namespace sr {

/// Of the store: there once a process is this rank.
std::string taken_key(int rank);

/// Every rank says in the store who it is and returns when all have. Throws ConfigError when they
/// do not belong together: another program version, another number of ranks, one number twice; and
/// RankLostError when one has not come within the store's timeout.
void check_in(c10d::Store& store, const Place& place);

}  // namespace sr
