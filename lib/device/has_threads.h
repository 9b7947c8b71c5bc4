#pragma once

namespace sr {

/// Whether at::parallel_for, which is a template, shares work between threads in the unit that
/// includes this; else the calling one does all of it. Of the unit alone: others are compiled
/// without OpenMP.
#ifdef _OPENMP
constexpr bool kHasThreads = true;
#else
constexpr bool kHasThreads = false;
#endif

}  // namespace sr
