#include "dist/check_in.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "core/version.h"
#include "dist/errors.h"
#include "dist/roll_call.h"

namespace sr {
namespace {

constexpr auto kGrace = std::chrono::seconds(1);

std::string card_of(const Place& place) {
  return fmt::format("sr-train {}, one of {} ranks", version(), place.world);
}

std::string read(c10d::Store& store, int rank, const Place& place) {
  try {
    const std::vector<std::uint8_t> text = store.get(fmt::format("card/{}", rank));
    return {text.begin(), text.end()};
  } catch (const std::exception& error) {
    throw RankLostError(fmt::format("rank {} of {} has not come to {}:{} ({})", rank, place.world,
                                    place.address, place.port, first_line(error.what())));
  }
}

}  // namespace

std::string taken_key(int rank) {
  return fmt::format("taken/{}", rank);
}

void check_in(c10d::Store& store, const Place& place) {
  if (store.add(taken_key(place.rank), 1) > 1) {
    throw ConfigError(fmt::format("another process of this run is rank {} already", place.rank));
  }
  const std::string own = card_of(place);
  store.set(fmt::format("card/{}", place.rank), std::vector<std::uint8_t>(own.begin(), own.end()));
  for (int rank = 0; rank < place.world; ++rank) {
    const std::string other = read(store, rank, place);
    if (other != own) {
      // The store may end with this rank: others read it first.
      std::this_thread::sleep_for(kGrace);
      throw ConfigError(
          fmt::format("rank {} is {}; rank {} is {}: all need the same program and "
                      "the same number of ranks",
                      place.rank, own, rank, other));
    }
  }
}

}  // namespace sr
