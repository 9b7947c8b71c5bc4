#include "dist/meeting.h"

#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <c10/util/Logging.h>
#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "dist/address.h"
#include "dist/check_in.h"
#include "dist/errors.h"
#include "dist/gloo_group.h"
#include "dist/roll_call.h"

namespace sr {
namespace {

constexpr int kTimeouts = 3;  ///< to connect to the store, to check in, to connect to the others

c10::intrusive_ptr<c10d::Store> open_store(const Place& place, std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.isServer = place.rank == 0 && !place.store_is_served;
  options.numWorkers = static_cast<std::size_t>(place.world);
  options.waitWorkers = false;
  options.timeout = timeout;
  // A launcher's store outlives the ranks it started before.
  return c10::make_intrusive<c10d::PrefixStore>(
      fmt::format("sr-train/{}", place.restart),
      c10::make_intrusive<c10d::TCPStore>(place.address, options));
}

/// What `ask` comes to within `most`, or nothing. LibTorch waits without end for what a store
/// answers. If that is another kind of server, or has been stopped, the thread is left to its fate.
template <typename Result>
std::optional<std::future<Result>> answer_within(std::chrono::milliseconds most,
                                                 std::function<Result()> ask) {
  std::packaged_task<Result()> task(std::move(ask));
  std::future<Result> answer = task.get_future();
  std::thread(std::move(task)).detach();
  if (answer.wait_for(most) == std::future_status::timeout) {
    return std::nullopt;
  }
  return answer;
}

/// True when the store that another rank 0 serves answers there.
bool has_first_rank(const Place& place) {
  static constexpr auto kMost = std::chrono::seconds(2);
  Place guest = place;
  guest.store_is_served = true;
  auto answer = answer_within<void>(
      kMost, [guest] { open_store(guest, kMost)->wait({taken_key(0)}, kMost); });
  try {
    if (answer) {
      answer->get();
    }
    return answer.has_value();
  } catch (const std::exception&) {
    return false;
  }
}

/// Throws ConfigError when another process serves the store that this one should.
c10::intrusive_ptr<c10d::Store> open_own_store(const Place& place,
                                               std::chrono::milliseconds timeout) {
  try {
    return open_store(place, timeout);
  } catch (const std::exception&) {
    if (place.rank == 0 && !place.store_is_served && has_first_rank(place)) {
      throw ConfigError(
          fmt::format("another process is rank 0 at {}:{} already: of this run, or of another one, "
                      "and then this one needs a MASTER_PORT of its own",
                      place.address, place.port));
    }
    throw;
  }
}

/// The name of rank 0's host may get known a moment after this process has been started.
void wait_for_name(const Place& place) {
  constexpr auto kMost = std::chrono::seconds(10);
  constexpr auto kPause = std::chrono::milliseconds(500);
  const auto end = std::chrono::steady_clock::now() + kMost;
  while (true) {
    try {
      address_toward(place.address, place.port);
      return;
    } catch (const ConfigError&) {
      if (std::chrono::steady_clock::now() > end) {
        throw;
      }
    }
    std::this_thread::sleep_for(kPause);
  }
}

/// What LibTorch prints of an attempt that failed is in the error that it throws as well.
class QuietNetwork {
 public:
  QuietNetwork() : level_(FLAGS_caffe2_log_level) {
    if (level_ == c10::GLOG_ERROR) {
      FLAGS_caffe2_log_level = c10::GLOG_FATAL;
    }
  }
  ~QuietNetwork() {
    if (level_ == c10::GLOG_ERROR) {
      FLAGS_caffe2_log_level = level_;
    }
  }
  QuietNetwork(const QuietNetwork&) = delete;
  QuietNetwork& operator=(const QuietNetwork&) = delete;

 private:
  int level_;
};

RankLostError not_met(const Place& place, const std::string& reason) {
  return RankLostError(fmt::format("the {} ranks of this run have not met at {}:{}: {}",
                                   place.world, place.address, place.port, reason));
}

Meeting try_to_meet(const Place& place, std::chrono::milliseconds timeout) {
  try {
    Meeting meeting;
    wait_for_name(place);
    meeting.store = open_own_store(place, timeout);
    check_in(*meeting.store, place);
    meeting.group = open_gloo_group(
        c10::make_intrusive<c10d::PrefixStore>("control", meeting.store), place, timeout);
    return meeting;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw not_met(place, first_line(error.what()));
  }
}

}  // namespace

Meeting meet(const Place& place, std::chrono::milliseconds timeout) {
  const QuietNetwork quiet;
  auto met = answer_within<Meeting>(kTimeouts * timeout,
                                    [place, timeout] { return try_to_meet(place, timeout); });
  if (!met) {
    throw not_met(place, "what listens there does not answer");
  }
  return met->get();
}

}  // namespace sr
