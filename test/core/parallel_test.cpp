#include "core/parallel.h"

#include <atomic>
#include <vector>

#include "core/error.h"
#include "support/catch.h"

namespace sr {

TEST_CASE("every index is worked on exactly once by any number of threads", "[data]") {
  for (const int threads : {0, 1, 4, 100}) {
    std::vector<std::atomic<int>> calls(37);
    for_each_index(calls.size(), threads, [&](std::size_t i) { ++calls[i]; });
    for (const std::atomic<int>& count : calls) {
      CHECK(count == 1);
    }
  }
}

TEST_CASE("an exception in one thread reaches the caller after the others have ended", "[data]") {
  std::atomic<int> running{0};
  const auto work = [&](std::size_t i) {
    ++running;
    if (i == 5) {
      --running;
      throw DataError("file 5");
    }
    --running;
  };
  CHECK_THROWS_AS(for_each_index(1000, 4, work), DataError);
  CHECK(running == 0);
}

TEST_CASE("nothing to do is done at once", "[data]") {
  for_each_index(0, 4, [](std::size_t) { FAIL("called"); });
  CHECK(useful_threads() >= 1);
}

}  // namespace sr
