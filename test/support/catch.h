#pragma once

// The one way to Catch2: version 2 (Debian 12) and 3 (Ubuntu 24.04) under the same names, and
// LibTorch's CHECK out of the way. A test that uses LibTorch includes this after the LibTorch
// headers.

#ifdef CHECK
#undef CHECK
#endif
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#include <iostream>

/// Leaves the test case, visibly: ctest shows it as skipped.
#define SR_SKIP(reason)                                 \
  do {                                                  \
    std::cout << "[skipped] " << (reason) << std::endl; \
    SUCCEED(reason);                                    \
    return;                                             \
  } while (false)
