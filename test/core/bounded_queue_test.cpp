#include "core/bounded_queue.h"

#include <atomic>
#include <memory>
#include <thread>

#include "support/catch.h"

TEST_CASE("a bounded queue keeps the order and never holds more than its capacity", "[core]") {
  sr::BoundedQueue<int> queue(2);
  std::atomic<int> pushed{0};
  std::thread producer([&] {
    for (int i = 0; i < 100; ++i) {
      queue.push(i);
      ++pushed;
    }
    queue.close();
  });
  for (int i = 0; i < 100; ++i) {
    REQUIRE(queue.pop() == i);
    // One more than the capacity: its push may have returned before it was counted here.
    REQUIRE(pushed <= i + 4);
  }
  CHECK_FALSE(queue.pop().has_value());
  producer.join();
}

TEST_CASE("a closed queue gives what is in it and takes nothing more", "[core]") {
  sr::BoundedQueue<std::unique_ptr<int>> queue(3);
  CHECK(queue.push(std::make_unique<int>(7)));
  queue.close();
  CHECK_FALSE(queue.push(std::make_unique<int>(8)));
  CHECK(**queue.pop() == 7);
  CHECK_FALSE(queue.pop().has_value());
}

TEST_CASE("abandoning a queue frees those who wait and drops what is inside", "[core]") {
  sr::BoundedQueue<int> queue(1);
  CHECK(queue.push(1));
  std::thread waiting([&] { CHECK_FALSE(queue.push(2)); });
  queue.abandon();
  waiting.join();
  CHECK_FALSE(queue.pop().has_value());
}
