#pragma once

#include <cstddef>
#include <functional>

namespace sr {

/// Threads worth starting for work that mixes reading files and computing: one for each of
/// usable_cpus(), at most 16.
int useful_threads();

/// Calls work(i) once for every i in [0, count), from up to `threads` threads in no particular
/// order, and returns when all calls are done. The first exception ends the remaining work and is
/// rethrown.
void for_each_index(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace sr
