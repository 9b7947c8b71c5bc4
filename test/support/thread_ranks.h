#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "dist/ranks.h"

namespace sr::test {

/// A port of this machine that nobody listens at.
inline std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool found = ::bind(socket, any, size) == 0 && ::getsockname(socket, any, &size) == 0;
  ::close(socket);
  if (!found) {
    throw std::runtime_error("no port is free");
  }
  return ntohs(address.sin_port);
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
inline void run_ranks(int world, const Ranks::Options& options,
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
          Ranks ranks(place, options);
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
