#include "core/worker.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <semaphore>
#include <vector>

#include "core/error.h"
#include "support/catch.h"

using sr::Worker;

TEST_CASE("jobs run one at a time in the order they were submitted", "[core]") {
  Worker worker;
  std::vector<int> order;  // unguarded: safe only because jobs never overlap
  for (int i = 0; i < 50; ++i) {
    worker.submit([&order, i] { order.push_back(i); });
  }
  worker.finish();
  REQUIRE(order.size() == 50);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("submit returns while its job runs", "[core]") {
  Worker worker;
  std::binary_semaphore gate(0);
  std::atomic<bool> done = false;
  worker.submit([&] {
    gate.acquire();
    done = true;
  });
  CHECK_FALSE(done);
  gate.release();
  worker.finish();
  CHECK(done);
}

TEST_CASE("wait returns a failure once and leaves the worker usable", "[core]") {
  Worker worker;
  worker.submit([] { throw sr::DataError("file"); });
  const std::exception_ptr failure = worker.wait();
  REQUIRE(failure);
  CHECK_THROWS_AS(std::rethrow_exception(failure), sr::DataError);
  CHECK(worker.wait() == nullptr);
  bool done = false;  // touched by one thread at a time: wait() lies in between
  worker.submit([&done] { done = true; });
  CHECK(worker.wait() == nullptr);
  CHECK(done);
}

TEST_CASE("a failure is thrown by the next submit once and that job is not taken", "[core]") {
  Worker worker;
  std::atomic<int> done = 0;
  worker.submit([] { throw sr::StorageError("disk full"); });
  CHECK_THROWS_AS(worker.submit([&done] { ++done; }), sr::StorageError);
  worker.submit([&done] { done += 10; });
  worker.finish();
  CHECK(done == 10);
}

TEST_CASE("a failure of any type is thrown by finish once", "[core]") {
  Worker worker;
  worker.submit([] { throw 7; });  // NOLINT(bugprone-std-exception-baseclass)
  CHECK_THROWS_AS(worker.finish(), int);
  CHECK_NOTHROW(worker.finish());
}

TEST_CASE("the end of a worker waits for its job and drops its failure", "[core]") {
  std::atomic<bool> done = false;
  {
    Worker worker;
    worker.submit([&done] {
      done = true;
      throw sr::StorageError("dropped");
    });
  }
  CHECK(done);
}

TEST_CASE("what a job holds is released before the worker is idle", "[core]") {
  Worker worker;
  auto staged = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = staged;
  std::atomic<int> written = 0;
  worker.submit([&written, staged = std::move(staged)] { written = *staged; });
  worker.finish();
  CHECK(written == 1);
  CHECK(watch.expired());
}
