#include "dist/roll_call.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/distributed/c10d/Store.hpp>

namespace sr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kGrace = std::chrono::milliseconds(1500);  ///< for the others to notice as well
constexpr auto kPause = std::chrono::milliseconds(20);

/// What is known so far, shared with a thread that may hang in the store for longer than anyone
/// waits for it.
struct Roll {
  std::mutex mutex;
  std::vector<int> missing;
  bool answered = false;  ///< the store has, to the end
  std::atomic<bool> done{false};
};

std::string key_of(int rank) {
  return fmt::format("still here/{}", rank);
}

void call(c10d::Store& store, int own_rank, Roll& roll) {
  const Clock::time_point end = Clock::now() + kGrace;
  store.set(key_of(own_rank), std::vector<std::uint8_t>{1});
  std::vector<int> missing = roll.missing;
  const auto note = [&](bool answered) {
    const std::lock_guard lock(roll.mutex);
    roll.missing = missing;
    roll.answered = answered;
  };
  while (!missing.empty() && Clock::now() < end) {
    std::erase_if(missing, [&](int rank) { return store.check({key_of(rank)}); });
    note(false);
    std::this_thread::sleep_for(kPause);
  }
  note(true);
}

std::string text_of(const std::vector<int>& missing, const Roster& roster) {
  if (missing.empty()) {
    return "the network between the ranks has failed; all of them are still there";
  }
  std::vector<std::string> names;
  for (const int rank : missing) {
    names.push_back(roster.name_of(rank));
  }
  return fmt::format("{} {} lost: gone, or without an answer for too long", fmt::join(names, ", "),
                     names.size() == 1 ? "is" : "are");
}

}  // namespace

std::string roll_call(const c10::intrusive_ptr<c10d::Store>& store, const Roster& roster) {
  const Place& place = roster.place;
  if (roster.hosts.empty()) {
    return "the ranks of this run could not be connected";
  }
  const auto roll = std::make_shared<Roll>();
  for (int rank = 0; rank < place.world; ++rank) {
    if (rank != place.rank) {
      roll->missing.push_back(rank);
    }
  }
  std::thread([store, roll, own = place.rank] {
    try {
      call(*store, own, *roll);
    } catch (const std::exception&) {  // NOLINT: the store is gone; nobody can be asked any more
    }
    roll->done = true;
  }).detach();
  const Clock::time_point end = Clock::now() + kGrace + std::chrono::seconds(1);
  while (!roll->done && Clock::now() < end) {
    std::this_thread::sleep_for(kPause);
  }
  const std::lock_guard lock(roll->mutex);
  // A server that has answered to its name called the roll a little earlier, and has ended since.
  const bool server_is_lost = !roll->answered && !place.store_is_served && place.rank != 0 &&
                              std::ranges::count(roll->missing, 0) > 0;
  return text_of(server_is_lost ? std::vector<int>{0} : roll->missing, roster);
}

std::string first_line(const std::string& message) {
  return message.substr(0, message.find('\n'));
}

}  // namespace sr
