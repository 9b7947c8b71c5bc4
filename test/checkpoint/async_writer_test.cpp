#include "checkpoint/async_writer.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <semaphore>
#include <vector>

#include "core/error.h"
#include "support/catch.h"

using sr::AsyncWriter;

TEST_CASE("jobs run one at a time in the order they were submitted", "[checkpoint]") {
  AsyncWriter writer;
  std::vector<int> order;  // unguarded: safe only because jobs never overlap
  for (int i = 0; i < 50; ++i) {
    writer.submit([&order, i] { order.push_back(i); });
  }
  writer.finish();
  REQUIRE(order.size() == 50);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("submit returns while its job runs", "[checkpoint]") {
  AsyncWriter writer;
  std::binary_semaphore gate(0);
  CHECK_FALSE(writer.busy());
  writer.submit([&gate] { gate.acquire(); });
  CHECK(writer.busy());
  gate.release();
  writer.finish();
  CHECK_FALSE(writer.busy());
}

TEST_CASE("a failure is thrown by the next submit once and that job is not taken", "[checkpoint]") {
  AsyncWriter writer;
  std::atomic<int> done = 0;
  writer.submit([] { throw sr::StorageError("disk full"); });
  CHECK_THROWS_AS(writer.submit([&done] { ++done; }), sr::StorageError);
  writer.submit([&done] { done += 10; });
  writer.finish();
  CHECK(done == 10);
}

TEST_CASE("a failure of any type is thrown by finish once", "[checkpoint]") {
  AsyncWriter writer;
  writer.submit([] { throw 7; });  // NOLINT(bugprone-std-exception-baseclass)
  CHECK_THROWS_AS(writer.finish(), int);
  CHECK_NOTHROW(writer.finish());
}

TEST_CASE("the end of a writer waits for its job and drops its failure", "[checkpoint]") {
  std::atomic<bool> done = false;
  {
    AsyncWriter writer;
    writer.submit([&done] {
      done = true;
      throw sr::StorageError("dropped");
    });
  }
  CHECK(done);
}

TEST_CASE("what a job holds is released before the writer is idle", "[checkpoint]") {
  AsyncWriter writer;
  auto staged = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = staged;
  std::atomic<int> written = 0;
  writer.submit([&written, staged = std::move(staged)] { written = *staged; });
  writer.finish();
  CHECK(written == 1);
  CHECK(watch.expired());
}
