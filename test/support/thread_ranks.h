#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "dist/ranks.h"

namespace sr::test {

inline bool is_free(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  address.sin_port = htons(port);
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return bound;
}

/// A port of this machine that nobody listens at. Of those below the ones that the kernel gives to
/// outgoing connections: one of these could be taken before the ranks meet there.
inline std::uint16_t free_port() {
  std::random_device random;
  std::uniform_int_distribution<int> ports(20000, 32767);
  for (int tries = 0; tries < 100; ++tries) {
    const auto port = static_cast<std::uint16_t>(ports(random));
    if (is_free(port)) {
      return port;
    }
  }
  throw std::runtime_error("no port is free");
}

/// What a process of a run has and a test program has not.
///
/// c10d notes every collective operation in one table of the process, into which each group puts
/// itself without a lock: two ranks that begin at the same moment crash there. Ranks of a run are
/// processes of their own; ranks as threads take no notes. A write to a rank that has left ends a
/// process that does not ignore SIGPIPE, as `sr-train` does.
inline void let_ranks_be_threads() {
  constexpr int kReplace = 1;
  ::setenv("TORCH_FR_BUFFER_SIZE", "0", kReplace);  // read with the first operation
  std::signal(SIGPIPE, SIG_IGN);
}

/// Runs work(rank) in one thread a rank, all of this process. Rethrows what the lowest rank threw.
inline void run_ranks(int world, std::chrono::milliseconds timeout,
                      const std::function<void(Ranks&)>& work) {
  let_ranks_be_threads();
  const std::uint16_t port = free_port();
  std::vector<std::exception_ptr> thrown(static_cast<std::size_t>(world));
  {
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < world; ++rank) {
      threads.emplace_back([&, rank] {
        try {
          Place place;
          place.rank = place.local_rank = rank;
          place.world = place.local_world = world;
          place.port = port;
          place.launcher = "test";
          Ranks ranks(place, timeout);
          work(ranks);
        } catch (...) {
          thrown[static_cast<std::size_t>(rank)] = std::current_exception();
        }
      });
    }
  }
  for (const std::exception_ptr& error : thrown) {
    if (error) {
      std::rethrow_exception(error);
    }
  }
}

}  // namespace sr::test
