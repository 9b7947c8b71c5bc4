#include "core/shared_progress.h"

#include <atomic>
#include <vector>

#include "core/parallel.h"
#include "support/catch.h"

TEST_CASE("the listener hears rising counts, one call at a time, and last of the end", "[core]") {
  constexpr std::size_t kTotal = 5000;
  std::vector<std::size_t> heard;
  std::atomic<int> inside{0};
  bool alone = true;
  sr::SharedProgress progress(kTotal, [&](std::size_t done, std::size_t total) {
    alone = alone && ++inside == 1 && total == kTotal;
    heard.push_back(done);
    --inside;
  });
  sr::for_each_index(kTotal, 8, [&](std::size_t) { progress.add_one(); });
  progress.finish();
  CHECK(alone);
  REQUIRE_FALSE(heard.empty());
  CHECK(heard.back() == kTotal);
  for (std::size_t i = 1; i < heard.size(); ++i) {
    REQUIRE(heard[i - 1] < heard[i]);
  }
}

TEST_CASE("progress of nothing is not told and needs no listener", "[core]") {
  int calls = 0;
  sr::SharedProgress nothing(0, [&](std::size_t, std::size_t) { ++calls; });
  nothing.finish();
  CHECK(calls == 0);
  sr::SharedProgress silent(1, nullptr);
  silent.add_one();
  silent.finish();
}
