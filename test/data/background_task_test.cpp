#include "data/background_task.h"

#include <atomic>

#include "core/error.h"
#include "support/catch.h"

namespace sr {

TEST_CASE("a background task runs once for each start", "[data]") {
  BackgroundTask background;
  int count = 0;  // touched by one thread at a time: wait() lies in between
  for (int i = 0; i < 200; ++i) {
    background.start([&count] { ++count; });
    CHECK(background.wait() == nullptr);
    REQUIRE(count == i + 1);
  }
  CHECK(background.wait() == nullptr);
}

TEST_CASE("what a background task throws comes out of wait once", "[data]") {
  BackgroundTask background;
  background.start([] { throw DataError("file"); });
  const std::exception_ptr failure = background.wait();
  REQUIRE(failure);
  CHECK_THROWS_AS(std::rethrow_exception(failure), DataError);
  CHECK(background.wait() == nullptr);
}

TEST_CASE("destruction waits for a task that was started", "[data]") {
  std::atomic<bool> done{false};
  {
    BackgroundTask background;
    background.start([&done] { done = true; });
  }
  CHECK(done);
}

}  // namespace sr
