#include "dist/check_in.h"

#include <torch/torch.h>

#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <vector>

#include "dist/errors.h"
#include "support/catch.h"
#include "support/thrown.h"

namespace sr {
namespace {

Place place_at(int rank, int world) {
  Place place;
  place.rank = rank;
  place.world = world;
  return place;
}

/// What each was told; "" where nothing was wrong.
template <typename Wrong>
std::vector<std::string> check_in_all(const std::vector<Place>& places,
                                      std::chrono::milliseconds timeout) {
  const auto store = c10::make_intrusive<c10d::HashStore>();
  store->setTimeout(timeout);
  std::vector<std::string> told(places.size());
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < places.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        check_in(*store, places[i]);
      } catch (const Wrong& error) {
        told[i] = error.what();
      } catch (const std::exception& error) {
        told[i] = std::string("another kind of error: ") + error.what();
      }
    });
  }
  threads.clear();
  return told;
}

constexpr auto kLong = std::chrono::seconds(20);

TEST_CASE("Ranks of one program and one number find each other", "[dist]") {
  CHECK(check_in_all<Error>({place_at(0, 3), place_at(1, 3), place_at(2, 3)}, kLong) ==
        std::vector<std::string>(3));
}

TEST_CASE("Processes that were told of different numbers of ranks both say so", "[dist]") {
  const auto told = check_in_all<ConfigError>({place_at(0, 2), place_at(1, 3)}, kLong);
  CHECK(test::contains(told[0], "one of 2 ranks; rank 1 is sr-train "));
  CHECK(test::contains(told[1], "one of 3 ranks; rank 0 is sr-train "));
}

TEST_CASE("Of two processes with one rank one says so, and the other is that rank", "[dist]") {
  const auto told =
      check_in_all<ConfigError>({place_at(0, 2), place_at(1, 2), place_at(1, 2)}, kLong);
  CHECK(told[0].empty());
  CHECK(told[1].empty() != told[2].empty());
  CHECK(told[1] + told[2] == "another process of this run is rank 1 already");
}

TEST_CASE("A rank that does not come is named", "[dist]") {
  const auto told = check_in_all<RankLostError>({place_at(0, 2)}, std::chrono::milliseconds(100));
  CHECK(test::contains(told[0], "rank 1 of 2 has not come to 127.0.0.1:29500"));
}

}  // namespace
}  // namespace sr
